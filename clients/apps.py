from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        from audit.registry import register_actions, register_reads
        from clients import search
        from clients.audit_actions import ACTIONS, READS
        from clients.enums import Right
        from clients.instance_settings import SETTINGS
        from clients.mails import MAILS
        from clients.models import Client, ClientEvent, ClientSession, CompanyPerson
        from clients.rights import visible_clients, visible_events, visible_people, visible_sessions
        from core.instance import register_setting
        from core.registries import register_rights, register_visibility
        from messaging.registry import register_mails

        register_rights(Right)
        register_actions(ACTIONS)
        register_reads(READS)
        register_mails(MAILS)
        register_visibility(Client, visible_clients)
        register_visibility(CompanyPerson, visible_people)
        register_visibility(ClientEvent, visible_events)
        register_visibility(ClientSession, visible_sessions)
        for setting in SETTINGS:
            register_setting(setting)
        search.register()
