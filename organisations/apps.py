from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "organisations"

    def ready(self) -> None:
        from audit.registry import register_actions, register_reads
        from core.registries import extend, register_rights, register_visibility
        from organisations import search
        from organisations.api_keys import authenticate
        from organisations.audit_actions import ACTIONS, READS
        from organisations.enums import Right
        from organisations.models import ApiKey, Membership, Organisation
        from organisations.rights import references_of, visible_keys, visible_memberships, visible_organisations

        register_rights(Right)
        register_actions(ACTIONS)
        register_reads(READS)
        register_visibility(Organisation, visible_organisations)
        register_visibility(Membership, visible_memberships)
        register_visibility(ApiKey, visible_keys)
        extend("api", "authenticate", authenticate)
        search.register()
        extend("audit", "organisation_references", references_of)
