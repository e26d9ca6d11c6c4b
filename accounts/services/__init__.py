"""The verbs of people: create, sign in, change a password, set up a second factor, bring profiles up to date."""

from accounts.services.factors import add_totp
from accounts.services.passwords import change_password, send_reset_mail
from accounts.services.profiles import sync_default_profiles
from accounts.services.users import create_user

__all__ = ["add_totp", "change_password", "create_user", "send_reset_mail", "sync_default_profiles"]
