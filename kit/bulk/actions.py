"""Something done to many rows of a list (UIX-08): a declaration, and the dialog that says beforehand what will become of them.

class CloseThings(BulkAction):
    code = "close"
    right = Right.THINGS_CLOSE
    title = verb = _("Close things")
    able = Q(status=ThingStatus.OPEN)
    reasons = [(Q(status=ThingStatus.CLOSED), _("is closed already"))]

    def perform_row(self, row, actor, now):
        close_thing(thing_id=row.pk, actor=actor, now=now)
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Count, Model, Q, QuerySet
from django.db.utils import OperationalError
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from psycopg.errors import QueryCanceled

from core.errors import DomainError
from kit.bulk import service
from kit.bulk.offers import action_named
from kit.dialogs import Action, Done
from kit.proof import prove
from kit.timeouts import statement_timeout

PREVIEW_TIMEOUT_MS = 3000


class NothingSelected(DomainError):
    code = "nothing_selected"
    status = 422


class BulkAction(Action):
    """What a list offers for the rows that are ticked, or for all that match. Its form's values are in `self.values`.

    The row is changed by `perform_row`, one service call in a transaction of its own; what its DomainError says stands beside
    the row. Where there may be very many rows, `in_chunks` and `perform_chunk` do some hundreds by one service call.
    """

    code: ClassVar[str] = ""
    able: ClassVar[Q] = Q()  # the rows that it will change, as far as they themselves tell: for the preview
    reasons: ClassVar[Sequence[tuple[Q, Any]]] = ()  # why it can't change others: (rows, "is closed already")
    in_chunks: ClassVar[bool] = False
    list: Any = None  # the page that it was opened on
    values: Mapping[str, Any] = {}

    # What a declaration says.
    def perform_row(self, row: Any, actor: Any, now: datetime) -> None:
        """Change one row. Raises DomainError where it can't be changed."""
        raise NotImplementedError

    def perform_chunk(self, ids: Sequence[int], actor: Any, now: datetime) -> Mapping[int, Any]:
        """Change the rows with these ids in the running transaction; gives those that it couldn't change, each with its reason."""
        raise NotImplementedError

    # The dialog.
    def selection(self) -> QuerySet[Any]:
        """The rows ticked, or all that match; of those that the person may see on this list, whatever was sent."""
        if self.request.GET.get("all"):
            return self.list.rows()
        ticked = [key for key in self.request.GET.getlist("row") if key.isascii() and key.isprintable()]
        return self.list.queryset().filter(**{f"{self.list.bulk_key}__in": ticked})

    def outcomes(self) -> Sequence[tuple[int, Any, bool]]:
        """(number, what becomes of them, whether they change) for the preview; nothing where counting takes too long."""
        model: type[Model] = self.list.model
        counts, left = {"able": Count("pk", filter=self.able)}, ~self.able
        for place, (rows, _reason) in enumerate(self.reasons):
            counts[f"reason{place}"] = Count("pk", filter=left & rows)
            left &= ~rows
        try:
            with statement_timeout(PREVIEW_TIMEOUT_MS):
                found = model._default_manager.filter(pk__in=self.selection().order_by().values("pk")).aggregate(
                    total=Count("pk"), **counts
                )
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            return []
        lines = [(found[f"reason{place}"], reason, False) for place, (_rows, reason) in enumerate(self.reasons)]
        others = found["total"] - found["able"] - sum(number for number, _reason, _change in lines)
        lines.append((others, _("can't be changed now"), False))
        will = ngettext("row will be changed", "rows will be changed", found["able"])
        return [(found["able"], will, True), *(line for line in lines if line[0])]

    def form_url(self) -> str:
        return self.request.get_full_path()

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        values = {name: self.request.POST.getlist(name) for name in form.fields}
        run = service.request_run(self, rows=self.selection(), values=values, actor=actor, now=now)
        message = ngettext("%(number)d row is under way.", "%(number)d rows are under way.", run.rows_total) % {"number": run.rows_total}
        return Done(message, reverse("bulk-run-detail", args=[run.reference]))

    def back(self) -> str:
        return str(self.request.path)


def open_dialog(page: Any) -> HttpResponseBase:
    """The dialog that the list's address names: `?bulk=close&row=THG-1&row=THG-2`, or `?bulk=close&all=1` with criteria."""
    action = action_named(page, page.request.GET["bulk"])
    if action is None:
        raise Http404
    page.need(action.right)
    dialog = action()
    dialog.setup(page.request)
    dialog.list = page
    if not (page.request.GET.get("all") or page.request.GET.get("row")):
        raise NothingSelected(_("Tick the rows that you mean."))
    if action.fresh_proof and (asked := prove(dialog)):
        return asked
    return dialog.post(page.request) if page.request.method == "POST" else dialog.get(page.request)
