"""The house itself: relations point down, tables say who may write them, tests name what they prove (DESIGN 2, 4.2)."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from backoffice.stack.environment import BASE_DIR
from core.grants import PRIVILEGES

FLOOR = {
    "core": 0, "audit": 1, "approvals": 1, "messaging": 1, "accounts": 2, "kit": 3, "organisations": 4, "clients": 4, "chain": 4,
    "assets": 5, "wallets": 6, "ledger": 7, "tiers": 8, "transactions": 10, "kyc": 11, "orders": 12, "backoffice": 14,
}  # fmt: skip
# AUTH_USER_MODEL is how floor 1 refers to people (DESIGN section 2).
BY_SETTING = {settings.AUTH_USER_MODEL}
SPEC_ID = re.compile(
    r"(ACC|USR|CLI|SES|ORG|EST|ONB|VEN|KYC|TIE|LIM|FEE|AST|RAT|EXP|TXL|LOY|WAL|LED|CHN|TXN|ORD|PAY|EXC|RED|CSH|SYS|REC|DSK|AUD|AML|ACT"
    r"|NOT|CHT|NEW|DSH|UIX|INS|API|OPS)-\d{2}|EXP-X[1-5]|[CLAU]\d{1,2}"
)
REFUSED_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
LONGEST_FILE = 500


def own_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in FLOOR]


def own_files(pattern: str = "*.py") -> list[Path]:
    return [path for app in [*FLOOR, "bench", "simulators"] for path in sorted((BASE_DIR / app).rglob(pattern))]


def test_every_app_has_its_floor():
    assert set(FLOOR) == set(settings.FLOORS)
    assert sorted(settings.FLOORS, key=lambda app: FLOOR[app]) == settings.FLOORS


def test_relations_point_down():
    wrong = []
    for model in own_models():
        for field in model._meta.get_fields():
            target = field.related_model if field.is_relation and not field.auto_created else None
            if not target or target == "self" or target._meta.app_label not in FLOOR or target._meta.label in BY_SETTING:
                continue
            own, other = model._meta.app_label, target._meta.app_label
            if own != other and FLOOR[other] >= FLOOR[own]:
                wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert not wrong


def test_every_model_says_who_may_write_it():
    silent = [model._meta.label for model in own_models() if model._meta.managed and getattr(model, "writes", None) not in PRIVILEGES]
    assert not silent


def test_every_spec_marker_names_a_known_id():
    unknown = []
    named = 0
    for path in own_files("test_*.py"):
        for arguments in re.findall(r"mark\.spec\(([^)]*)\)", path.read_text()):
            ids = re.findall(r"[\"']([^\"']+)[\"']", arguments)
            named += len(ids)
            unknown += [f"{path.relative_to(BASE_DIR)}: {one}" for one in ids if not SPEC_ID.fullmatch(one)]
    assert not unknown
    assert named > 50


def test_no_file_is_a_drawer_for_everything():
    assert not [str(path) for path in own_files() if path.name in REFUSED_NAMES]


def test_files_stay_readable():
    long = {
        str(path.relative_to(BASE_DIR)): lines
        for path in own_files()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE and path.parent.name != "migrations"
    }
    assert not long


@pytest.mark.spec("OPS-01")
def test_every_dependency_is_pinned():
    loose = [
        line
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (BASE_DIR / name).read_text().splitlines()
        if line and not line.startswith(("#", "-r ")) and "==" not in line
    ]
    assert not loose


# Who posts without asking the rules, and why: everything else goes through transactions.services.pipeline (DESIGN section 2).
POSTS_DIRECTLY = {
    "transactions/services/pipeline.py": "is the pipeline",
    "ledger/services/posting.py": "is the posting",
    "ledger/services/issuing.py": "issuing and burning, which are the issuer's",
    "ledger/services/compensating.py": "takes back what the chain could not do",
    "kyc/demo.py": "what clients of the demonstration have to pay a fee with",
    "orders/demo/standing.py": "what clients of the demonstration pay in",
    "transactions/demo.py": "what clients of the demonstration pay in",
    "ledger/demo.py": "stock and change of the demonstration, from before there were rules",
    "tiers/services/fees.py": "fees of tiers aren't limited",
}
POSTING = re.compile(
    r"from ledger\.services\.posting import [^\n]*\b(post|post_many|call)\b|from ledger\.services import [^\n]*\bposting\b"
)


@pytest.mark.spec("LIM-07", "UIX-09")
def test_whoever_posts_past_the_rules_is_named_with_the_reason():
    files = [path for path in own_files() if "tests" not in path.parts and path.parts[-2] != "bench"]
    posting = {
        str(path.relative_to(BASE_DIR))
        for path in files
        if POSTING.search(path.read_text().replace("(\n    ", " ").replace(",\n    ", ", "))
    }
    assert posting | {"ledger/services/posting.py"} == set(POSTS_DIRECTLY)
