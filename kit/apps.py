from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "kit"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from audit.registry import register_actions
        from core.registries import extend, register_person_annotation, register_rights, register_visibility
        from kit import search
        from kit.audit_actions import ACTIONS
        from kit.enums import Right
        from kit.mails import MAILS
        from kit.models import BulkRow, BulkRun, Export, SavedView, ScheduledExport
        from kit.rights import visible_exports, visible_run_rows, visible_runs, visible_schedules
        from kit.saved import service
        from kit.saved.selectors import CHOICES, PINS, choices_of_person, pins_of_person, visible_views
        from messaging.registry import register_mails, register_notifications

        register_rights(Right)
        register_actions(ACTIONS)
        register_notifications({"jobs.ended": _("Long work has ended"), "schedules.paused": _("Scheduled export is paused")})
        register_mails(MAILS)
        register_visibility(Export, visible_exports)
        register_visibility(BulkRun, visible_runs)
        register_visibility(BulkRow, visible_run_rows)
        register_visibility(SavedView, visible_views)
        register_person_annotation(PINS, pins_of_person)
        register_person_annotation(CHOICES, choices_of_person)
        register_visibility(ScheduledExport, visible_schedules)
        search.register()
        extend("accounts.services.erase_user", "follow", service.forget_person)
