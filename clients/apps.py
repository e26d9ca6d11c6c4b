from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        from audit.registry import register_actions, register_reads
        from clients import search
        from clients.audit_actions import ACTIONS, READS
        from clients.enums import Right
        from clients.mails import MAILS
        from clients.models import Client, ClientEvent, CompanyPerson
        from clients.rights import visible_clients, visible_events, visible_people
        from core.registries import register_rights, register_visibility
        from messaging.registry import register_mails

        register_rights(Right)
        register_actions(ACTIONS)
        register_reads(READS)
        register_mails(MAILS)
        register_visibility(Client, visible_clients)
        register_visibility(CompanyPerson, visible_people)
        register_visibility(ClientEvent, visible_events)
        search.register()
