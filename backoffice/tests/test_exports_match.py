"""An export is what its list shows under the same criteria, for every list (DESIGN section 3, guard 7)."""

import csv
import io
from typing import Any

import pytest
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from backoffice.tests.makers import furnish
from kit.saved.places import place_of
from kit.tests.test_every_list import LISTS
from organisations.tests.factories import organisation


def queries(page: Any) -> list[str]:
    """No criterion, and each criterion with a value that some rows have and some not."""
    found = [""]
    for name, criterion in (page.filters.base_filters if page.filters else {}).items():
        match criterion.kind:
            case "choices":
                choices = criterion.extra["choices"]
                values = [value for value, _label in (choices() if callable(choices) else choices)]
                found += [f"{name}={value}" for value in values[:1]]
            case "dates":
                found.append(f"{name}_from={timezone.localdate()}")
            case "amounts":
                found.append(f"{name}_from=5")
            case "text":
                found.append(f"{name}=AAAA")
    return found


@pytest.mark.django_db
@pytest.mark.spec("EXP-X1", "UIX-01")
def test_an_export_holds_the_rows_of_its_list():
    people = {"issuer": user(), "merchant": user("merchant", organisations=[organisation()])}
    furnish(people["issuer"])
    browsers, wrong = {face: sign_in(someone) for face, someone in people.items()}, []
    for page in LISTS:
        browser, address, compared = browsers["merchant" if page.face == "merchant" else "issuer"], place_of(page.list_name()).address, 0
        for query in queries(page):
            shown = browser.get(f"{address}?size=100&{query}")
            rows = [row for row in shown.context["slice"].rows if not getattr(row, "is_test", False)]  # in no export (API-05)
            answer = browser.post(f"{address}?{query}", {"export": "csv"})
            exported = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
            name = next((name for name in ("reference", "code", "name") if exported and name in exported[0] and hasattr(rows[0], name)), "")
            if len(exported) != len(rows) or (name and [line[name] for line in exported] != [str(getattr(row, name)) for row in rows]):
                wrong.append((page.__name__, query, f"{len(rows)} shown, {len(exported)} exported"))
            compared += len(rows)
        if not compared and page.face != "merchant":
            wrong.append((page.__name__, "", "no row was compared"))
    assert wrong == []
