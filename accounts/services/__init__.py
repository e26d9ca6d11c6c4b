"""The verbs of people: invite, sign in, change a password, set up a second factor, give profiles, end access, delete."""

from accounts.services.erasing import erase_user
from accounts.services.factors import add_totp, reset_factors
from accounts.services.invitations import accept_invitation, invite_again, invite_user, revoke_invitation
from accounts.services.passwords import change_password, send_reset_mail
from accounts.services.profiles import create_profile, delete_profile, edit_profile, reset_profile, sync_default_profiles
from accounts.services.sessions import end_sessions
from accounts.services.users import create_user, deactivate_user, edit_user, reactivate_user, set_organisations, set_profiles

__all__ = [
    "accept_invitation", "add_totp", "change_password", "create_profile", "create_user", "deactivate_user", "delete_profile",
    "edit_profile", "edit_user", "end_sessions", "erase_user", "invite_again", "invite_user", "reactivate_user", "reset_factors",
    "reset_profile", "revoke_invitation", "send_reset_mail", "set_organisations", "set_profiles", "sync_default_profiles",
]  # fmt: skip
