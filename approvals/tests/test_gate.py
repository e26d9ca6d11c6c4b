"""The gate of four-eyes: what the policy wants, and that everything under it is registered (USR-05)."""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from approvals.models import ApprovalPolicy
from approvals.selectors import policies
from approvals.services import ApprovalNeeded, require
from core import registries
from core.actors import SystemActor
from core.registries import Approvable, approvables

ACTOR = SystemActor("tests")
pytestmark = pytest.mark.spec("USR-05")


@pytest.fixture
def action(monkeypatch) -> str:
    known = Approvable("tests.act", "Act", preview=dict, revalidate=lambda payload: None, execute=lambda **values: None)
    monkeypatch.setattr(registries, "_approvables", {**registries._approvables, known.code: known})
    return known.code


@pytest.mark.django_db
def test_without_a_policy_or_with_one_that_says_no_the_action_goes_on(action):
    require(action=action, actor=ACTOR, payload={})
    ApprovalPolicy.objects.create(action=action, is_required=False, changed_at=timezone.now())
    require(action=action, actor=ACTOR, payload={})


@pytest.mark.django_db
@pytest.mark.parametrize("approval_id", [None, 1])
def test_where_the_policy_wants_a_second_person_nothing_goes_on_without_one(action, approval_id):
    ApprovalPolicy.objects.create(action=action, is_required=True, changed_at=timezone.now())
    with pytest.raises(ApprovalNeeded, match="Act"):
        require(action=action, actor=ACTOR, payload={}, approval_id=approval_id)


@pytest.mark.django_db
def test_an_unregistered_action_is_a_mistake_in_the_code():
    with pytest.raises(ImproperlyConfigured):
        require(action="nobody.knows", actor=ACTOR, payload={})


@pytest.mark.django_db
def test_every_registered_action_has_a_policy_or_the_default(action):
    ApprovalPolicy.objects.create(action=action, is_required=True, changed_at=timezone.now())
    listed = {policy.action: policy for policy in policies()}
    assert set(listed) == set(approvables())
    assert listed[action].is_required
    assert all(str(policy.label) for policy in listed.values())


def required_actions() -> dict[str, str]:
    """action -> the file that asks the gate for it, in every service of every app; written there or as a constant of it."""
    found = {}
    for app in settings.FLOORS:
        for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            if "tests" in path.parts:
                continue
            tree = ast.parse(path.read_text())
            constants = {
                target.id: node.value.value
                for node in tree.body
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "require":
                    for keyword in node.keywords:
                        if keyword.arg == "action":
                            value = keyword.value
                            found[constants[value.id] if isinstance(value, ast.Name) else value.value] = str(path)
    return found


def test_what_asks_the_gate_is_registered_and_what_is_registered_asks_the_gate():
    asked = required_actions()
    assert set(asked) - set(approvables()) == set(), f"not registered: {asked}"
    assert set(approvables()) - set(asked) == set(), "registered, but its service never asks the gate"
