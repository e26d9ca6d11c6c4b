"""A merchant's own organisation and its keys (USR-04, API-03): the issuer's pages, for what a merchant may see of them."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from kit.dialogs import Done
from organisations.issuer import views
from organisations.issuer.tables import KEY_COLUMNS
from organisations.services import edit_organisation


class MerchantOrganisationList(views.OrganisationList):
    """Whoever acts for one organisation is led to it."""

    face = Face.MERCHANT
    title = _("Organisations")
    intro = _("The organisations that you act for.")
    primary_action = None
    empty = _("You aren't a member of an organisation yet. The issuer's administrators can make you one.")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        found = list(self.queryset()[:2])
        if len(found) == 1 and not request.GET:
            return HttpResponseRedirect(self.link("organisation-detail", found[0].reference))
        return super().get(request, **kwargs)


class OwnNameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)


class MerchantEditOrganisation(views.EditOrganisation):
    """Its name; the external reference is the issuer's."""

    face = Face.MERCHANT
    form_class = OwnNameForm

    def initial(self) -> dict[str, Any]:
        return {"name": self.object.name}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        organisation = edit_organisation(
            organisation=obj, name=form.cleaned_data["name"], external_reference=obj.external_reference, actor=actor, now=now
        )
        return Done(_("%(name)s is changed.") % {"name": organisation.name})


class MerchantOrganisationDetail(views.OrganisationDetail):
    face = Face.MERCHANT
    actions = [MerchantEditOrganisation]


class MerchantCreateKey(views.CreateKey):
    face = Face.MERCHANT


class MerchantRevokeKey(views.RevokeKey):
    face = Face.MERCHANT


class MerchantKeyList(views.KeyList):
    face = Face.MERCHANT
    intro = _("What your programs sign in with.")
    columns = KEY_COLUMNS
    primary_action = MerchantCreateKey


class MerchantKeyDetail(views.KeyDetail):
    face = Face.MERCHANT
    actions = [MerchantRevokeKey]
