"""Mail templates: what each mail says in each language, edited with a preview, reset with the difference shown (NOT-01)."""

from dataclasses import asdict
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, ClassVar

from csp.decorators import csp_exempt
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from core.errors import DomainError
from kit.dialogs import ActionDialog, Done, FormPage
from kit.pages import Page
from messaging.enums import Right
from messaging.issuer.views import MAIL_POLICY
from messaging.models import MailTemplateText
from messaging.registry import MailTemplate, known_mails
from messaging.services import templates
from messaging.services.templates import LABELS, LONGEST, Wording, default_wording, known_values, languages_of_mails, present_wording

# The instance's own logo, beside what a mail brings by itself.
PREVIEW_POLICY = MAIL_POLICY.replace("img-src data:", "img-src data: 'self'")


class MailTemplates(Page):
    right = Right.EDIT_TEMPLATES
    title = _("Mail templates")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        edited = {(row.code, row.language): row for row in MailTemplateText.objects.select_related("changed_by")}
        mails = [
            {
                "code": code,
                "label": mail.label,
                "languages": [(language, name, edited.get((code, language))) for language, name in languages_of_mails().items()],
                "variables": list(mail.variables),
            }
            for code, mail in sorted(known_mails().items(), key=lambda item: str(item[1].label))
        ]
        return self.render("messaging/templates.html", {"mails": mails})


class OfTemplate(Page):
    """What the pages of one mail in one language share."""

    right = Right.EDIT_TEMPLATES
    menu = "mail-template-list"
    code: str
    language: str
    mail: MailTemplate

    def prepare(self, **kwargs: Any) -> None:
        self.code, self.language = kwargs["code"], kwargs["language"]
        if self.code not in known_mails() or self.language not in languages_of_mails():
            raise Http404
        self.mail = known_mails()[self.code]

    def path(self) -> list[tuple[str, str]]:
        return [(str(MailTemplates.title), reverse("mail-template-list"))]

    def of_this(self, name: str) -> str:
        return reverse(name, args=[self.code, self.language])

    def back(self) -> str:
        return self.of_this("mail-template-edit")

    def named_mail(self) -> dict[str, Any]:
        return {"mail": self.mail.label, "language": languages_of_mails()[self.language]}


class WordingForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200)
    html = forms.CharField(
        label=_("HTML"), max_length=LONGEST["html"], strip=False, widget=forms.Textarea(attrs={"rows": 14, "class": "mono", "spellcheck": "true"}),
        help_text=_("What stands between logo and foot. Plain tags and styles; scripts, forms and foreign frames are refused."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Text"), max_length=LONGEST["text"], strip=False, widget=forms.Textarea(attrs={"rows": 10, "class": "mono"}),
        help_text=_("For those whose mail program shows no HTML. Say the same here."),
    )  # fmt: skip
    opened = forms.JSONField(widget=forms.HiddenInput)

    def clean_opened(self) -> Wording:
        try:
            return Wording(**self.cleaned_data["opened"])
        except TypeError:
            raise forms.ValidationError(_("Open this page again.")) from None

    def wording(self) -> Wording:
        return Wording(**{part: self.cleaned_data[part] for part in LABELS})


class EditTemplate(OfTemplate, FormPage):
    url_name = "mail-template-edit"
    verb = _("Save changes")
    form_class = WordingForm

    def page_title(self) -> str:
        return str(_("%(mail)s, %(language)s") % self.named_mail())

    def initial(self) -> dict[str, Any]:
        present = asdict(present_wording(self.code, self.language)[0])
        return {**present, "opened": present}

    def back(self) -> str:
        return reverse("mail-template-list")

    def render(self, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
        _present, row = present_wording(self.code, self.language)
        others = [
            (reverse("mail-template-edit", args=[self.code, one]), name, one == self.language) for one, name in languages_of_mails().items()
        ]
        more = {
            "row": row,
            "others": others,
            "placeholders": known_values(self.code, self.language).items(),
            **{name: self.of_this(f"mail-template-{name}") for name in ("preview", "reset", "test")},
        }
        return super().render("messaging/template.html", (context or {}) | more, status)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        changed = templates.save_template(
            code=self.code, language=self.language, given=form.wording(), opened=form.cleaned_data["opened"], actor=actor, now=now
        )
        words = _("%(mail)s, %(language)s: mails say this from now on.") if changed else _("Nothing was changed.")
        return Done(words % self.named_mail() if changed else words, self.of_this("mail-template-edit"))


class PreviewTemplate(OfTemplate):
    """What the editor holds, as a mail with examples in it, for the frame beside it: nothing is kept, and it can do nothing."""

    title = _("Preview")
    http_method_names: ClassVar[list[str]] = ["post"]

    @method_decorator([csp_exempt(), xframe_options_sameorigin])
    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        given = Wording(**{part: request.POST.get(part, "")[:100_000] for part in LABELS})
        context: dict[str, Any] = {"language": translation.get_language()}
        try:
            shown = templates.preview(self.code, self.language, given)
            inside = shown.html.partition("<body")[2].partition(">")[2].partition("</body>")[0]
            context |= {"shown": shown, "body": mark_safe(inside)}  # noqa: S308 - rendered and cleaned as the mail is
        except DomainError as error:
            context |= {"refusal": str(error), "part": LABELS.get(error.field or "", "")}
        response = self.render("mail/preview.html", context)
        response["Content-Security-Policy"] = PREVIEW_POLICY
        return response


class ResetTemplate(OfTemplate, FormPage):
    """Back to what came with the product; the page shows what is lost and what comes."""

    url_name = "mail-template-reset"
    title = verb = _("Reset to default")
    danger = True

    def sentence(self) -> Any:
        if present_wording(self.code, self.language)[1] is None:
            return _("This mail has its default text already.")
        return (
            _("%(mail)s, %(language)s: mails say again what came with the product. Your own text stays in the audit trail.")
            % self.named_mail()
        )

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        present = asdict(present_wording(self.code, self.language)[0])
        default = asdict(default_wording(self.code, self.language))
        return [(LABELS[part], *marked(old, default[part])) for part, old in present.items() if old != default[part]]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        templates.reset_template(code=self.code, language=self.language, actor=actor, now=now)
        return Done(_("%(mail)s, %(language)s: the default counts again.") % self.named_mail(), self.of_this("mail-template-edit"))


class SendTestMail(OfTemplate, ActionDialog):
    url_name = "mail-template-test"
    title = verb = _("Send a test mail")

    def sentence(self) -> Any:
        words = _("The mail as it is saved now, with examples in it, goes to your own address, {}.")
        return format_html(words, self.request.user.email)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        address = templates.send_test_mail(code=self.code, language=self.language, actor=actor, now=now)
        return Done(_("A test mail to %(address)s is on its way.") % {"address": address})


def marked(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts line by line, what differs marked."""
    before, after = old.split("\n"), new.split("\n")
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    gone = [(line, kind != "equal") for kind, start, end, _a, _b in steps for line in before[start:end]]
    come = [(line, kind != "equal") for kind, _a, _b, start, end in steps for line in after[start:end]]
    return _lines("del", gone), _lines("ins", come)


def _lines(tag: str, lines: list[tuple[str, bool]]) -> SafeString:
    shown = format_html_join(
        "\n", "{}", ((format_html(f"<{tag}>{{}}</{tag}>", line or " ") if changed else line,) for line, changed in lines)
    )
    return format_html('<pre class="mail-text">{}</pre>', shown)
