"""What is recorded about people and their profiles."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "users.created": _("User created"),
    "users.invited": _("User invited"),
    "users.invited_again": _("Invitation sent again"),
    "users.invitation_revoked": _("Invitation revoked"),
    "users.invitation_accepted": _("Invitation accepted"),
    "users.edited": _("User edited"),
    "users.profiles_set": _("Profiles changed"),
    "users.organisations_set": _("Organisations changed"),
    "users.deactivated": _("User deactivated"),
    "users.reactivated": _("User reactivated"),
    "users.erased": _("User deleted, personal data erased"),
    "users.factors_reset": _("Second factor reset by an administrator"),
    "users.sessions_ended": _("Sessions ended"),
    "users.signed_in": _("Signed in"),
    "users.signed_out": _("Signed out"),
    "users.session_expired": _("Session ended unused"),
    "users.locked": _("Sign-in locked after wrong tries"),
    "users.password_changed": _("Password changed"),
    "users.password_reset": _("Password reset by mail"),
    "users.reset_requested": _("Password reset mail asked for"),
    "users.totp_added": _("Authenticator app set up"),
    "users.totp_removed": _("Authenticator app removed"),
    "users.passkey_added": _("Passkey added"),
    "users.passkey_renamed": _("Passkey renamed"),
    "users.passkey_removed": _("Passkey removed"),
    "users.recovery_codes_kept": _("Recovery codes said to be kept"),
    "users.profile_changed": _("Own profile changed"),
    "users.recovery_codes_made": _("Recovery codes made"),
    "users.recovery_code_used": _("Recovery code used"),
    "profiles.synced": _("Default profile brought up to date"),
    "profiles.created": _("Profile created"),
    "profiles.edited": _("Profile edited"),
    "profiles.deleted": _("Profile deleted"),
}

# Somebody has only looked (AUD-06).
READS = {
    "users.read": _("User's personal data seen"),
}
