"""Something that is done: a dialog or page that says what will happen, once, and one service call (UIX-03).

GET shows the form with a one-time operation key in it; POST claims the key, checks again, and calls `perform` inside one
transaction with the key's row: the same form sent twice gives the first result, other content under the same key is refused.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core import signing
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from kit.idempotency import Answer, answered, content_hash, once
from kit.pages import ANY_FACE, Page, find_visible

KEY_FIELD = "operation_key"
KEY_SALT = "kit.operation"
KEY_AGE = 24 * 3600  # seconds; an older form is opened again


class FormExpired(DomainError):
    """The form carries no valid operation key: it is too old, or not ours."""

    code = "form_expired"
    status = 409


@dataclass(frozen=True)
class Done:
    """What was done: the toast's words, and the page to go to (by default the one the dialog was opened on)."""

    message: Any
    url: str = ""
    link_label: Any = ""


class NoFields(forms.Form):
    """A dialog that only asks "shall it be done?"."""


class Action(Page):
    """What ActionDialog and FormPage share."""

    url_name: ClassVar[str] = ""
    model: ClassVar[type[Model] | None] = None  # None: it makes something new
    lookup: ClassVar[str] = "reference"
    related: ClassVar[tuple[str, ...]] = ()
    form_class: ClassVar[type[forms.Form]] = NoFields
    verb: ClassVar[Any] = ""
    button: ClassVar[Any] = ""  # on the button that opens it, where that is not the verb
    icon: ClassVar[str] = ""
    danger: ClassVar[bool] = False
    in_dialog: ClassVar[bool] = True
    template: ClassVar[str] = "kit/dialog.html"
    object: Any = None

    # What a declaration says.
    @classmethod
    def available(cls, obj: Any) -> bool:
        """Whether the object's state allows it now; the service checks again under its lock."""
        return True

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        """Whether this is what one does next with the object: then its button is the primary one."""
        return False

    def sentence(self) -> Any:
        """What will happen, to whom, how much, and what can't be undone. `self.object` is the row."""
        return ""

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        """(label, before, after) where numbers change."""
        return []

    def initial(self) -> dict[str, Any]:
        return {}

    def form_options(self) -> dict[str, Any]:
        """More keyword arguments for the form's constructor."""
        return {}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        """Call one service. A DomainError goes back to the form, at the field that it names."""
        raise NotImplementedError

    # How it works.
    @classmethod
    def address(cls, obj: Any = None) -> str:
        return reverse(cls.named(cls.url_name), args=[getattr(obj, cls.lookup)] if cls.model is not None else [])

    def prepare(self, **kwargs: Any) -> None:
        if self.model is not None:
            self.object = find_visible(self.model, self.request.user, related=self.related, **{self.lookup: kwargs[self.lookup]})

    def page_title(self) -> str:
        return str(self.title or self.verb)

    def path(self) -> list[tuple[str, str]]:
        return [(getattr(self.object, self.lookup), self.back())] if self.object is not None else []

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        return self.form_class(data, files, initial=self.initial(), **self.form_options())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A form sent twice may find what it was about gone, or under another name: it gets its first answer all the same."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except Http404:
            if request.method != "POST" or not request.user.is_authenticated or self.face not in (ANY_FACE, request.user.face):
                raise
            try:
                key = self.checked_key(request.POST.get(KEY_FIELD, ""))
                answer = answered(owner=f"user:{request.user.pk}", key=key, content=self.content())
            except DomainError:
                answer = None
            if answer is None or not answer.body["url"]:
                raise
            return self.finished(answer)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return self.show(self.make_form(), key=self.new_key())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        signed = request.POST.get(KEY_FIELD, "")
        key, owner = self.checked_key(signed), f"user:{request.user.pk}"
        if answer := answered(owner=owner, key=key, content=self.content()):
            return self.finished(answer)
        form = self.make_form(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(form, key=signed, status=422)
        now = timezone.now()

        def run() -> Answer:
            done = self.perform(form, request.user, self.object, now)
            return Answer(200, {"message": str(done.message), "url": done.url, "link_label": str(done.link_label)})

        try:
            answer = once(owner=owner, key=key, content=self.content(), now=now, run=run)
        except DomainError as error:
            if error.code == "idempotency_key_reused":
                raise
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return self.show(form, key=signed, status=422)
        return self.finished(answer)

    def content(self) -> str:
        """A digest of what was sent, files by their content, without the two tokens."""
        parts = [self.form_url()]
        for name in sorted(set(self.request.POST) - {"csrfmiddlewaretoken", KEY_FIELD}):
            parts += [name, *self.request.POST.getlist(name)]
        for name in sorted(self.request.FILES):
            upload = self.request.FILES[name]
            parts += [name, upload.name or "", upload.read().hex()]
            upload.seek(0)
        return content_hash(*parts)

    def form_url(self) -> str:
        """Where the form is sent."""
        return str(self.request.path)

    def new_key(self) -> str:
        return signing.dumps([self.request.user.pk, self.request.path, secrets.token_urlsafe(16)], salt=KEY_SALT)

    def checked_key(self, key: str) -> str:
        try:
            user_id, path, _nonce = signing.loads(key, salt=KEY_SALT, max_age=KEY_AGE)
        except (signing.BadSignature, ValueError, TypeError):
            user_id, path = None, ""
        if user_id != self.request.user.pk or path != self.request.path:
            raise FormExpired(_("This form is too old to be sent. Open it again."))
        return content_hash(key)

    def show(self, form: forms.Form, *, key: str, status: int = 200) -> HttpResponse:
        context = {"form": form, "object": self.object, "key": key, "back": self.back()}
        in_dialog = self.in_dialog and getattr(self.request, "htmx", False)
        response = self.render(self.template if in_dialog else "kit/form_page.html", context | {"in_dialog": in_dialog}, status=status)
        response["Vary"] = "HX-Request, Cookie"
        return response

    def choose_files_again(self) -> HttpResponse:
        """After a proof asked in between: a form's files are the one thing that didn't come back with it."""
        form = self.make_form(self.request.POST)
        form.full_clean()
        form.add_error(None, _("It is you, thank you. Choose the files again, then send the form."))
        return self.show(form, key=self.request.POST.get(KEY_FIELD, ""), status=422)

    def back(self) -> str:
        """Where Cancel leads when there is no dialog to close."""
        return "/"

    def finished(self, answer: Answer) -> HttpResponse:
        body = answer.body
        url = body["url"] or self.came_from()
        toast = body["message"]
        if body["link_label"] and body["url"]:
            toast = format_html('{} <a href="{}">{}</a>', toast, body["url"], body["link_label"])
        messages.success(self.request, toast)
        if getattr(self.request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)

    def came_from(self) -> str:
        """The page below the dialog, as htmx names it; its path alone, so that it can't lead elsewhere."""
        htmx = getattr(self.request, "htmx", None)
        return (htmx.current_url_abs_path if htmx else None) or self.back()


class ActionDialog(Action):
    """Opens over the page it was called from; without JavaScript it is a page of its own."""


class FormPage(Action):
    """A long form on a page of its own."""

    in_dialog = False
