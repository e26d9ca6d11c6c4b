from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    """Rights of this app (USR-01)."""

    INSTANCE_SEE = "instance.see", _("See the instance's settings and branding")
    INSTANCE_EDIT = "instance.edit", _("Change the instance's settings and branding")
