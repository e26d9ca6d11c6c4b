"""The library's pages as far as they change something that the trail must tell (AUD-01)."""

from typing import Any

from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from audit.services import record


class ActivateTotp(totp.ActivateTOTPView):
    def form_valid(self, form: forms.Form) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            record(action="users.totp_added", actor=self.request.user, subject=self.request.user, now=timezone.now())
        return response


class DeactivateTotp(totp.DeactivateTOTPView):
    def form_valid(self, form: forms.Form) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            record(action="users.totp_removed", actor=self.request.user, subject=self.request.user, now=timezone.now())
        return response


class GenerateRecoveryCodes(recovery_codes.GenerateRecoveryCodesView):
    def form_valid(self, form: forms.Form) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            record(action="users.recovery_codes_made", actor=self.request.user, subject=self.request.user, now=timezone.now())
        return response

    def get_initial(self) -> dict[str, Any]:
        return {}
