from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import approvables, search
        from accounts.audit_actions import ACTIONS, READS
        from accounts.enums import Right
        from accounts.instance_settings import SETTINGS
        from accounts.mails import MAILS
        from accounts.models import Profile, User
        from accounts.rights import visible_profiles, visible_users
        from audit.registry import register_actions, register_reads
        from core.instance import register_setting
        from core.registries import register_rights, register_visibility
        from messaging.registry import register_mails

        for setting in SETTINGS:
            register_setting(setting)
        register_rights(Right)
        register_actions(ACTIONS)
        register_reads(READS)
        register_mails(MAILS)
        approvables.register()
        register_visibility(User, visible_users)
        register_visibility(Profile, visible_profiles)
        search.register()
