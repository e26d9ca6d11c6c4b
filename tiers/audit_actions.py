"""What is recorded about dictionaries, price lists and what holds for clients."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "tiers.entry_created": _("Dictionary entry created"),
    "tiers.entry_edited": _("Dictionary entry edited"),
    "tiers.entry_activated": _("Dictionary entry activated"),
    "tiers.entry_deactivated": _("Dictionary entry deactivated"),
    "tiers.price_list_created": _("Price list created"),
    "tiers.price_list_edited": _("Price list edited"),
    "tiers.fee_added": _("Fee added"),
    "tiers.fee_changed": _("Fee changed"),
    "tiers.fee_ended": _("Fee ended"),
    "tiers.fee_deleted": _("Fee deleted"),
    "tiers.changed": _("Tier changed"),
    "tiers.kind_set": _("Client's type set"),
    "tiers.price_list_assigned": _("Price list assigned"),
    "tiers.recurring_paid": _("Recurring fee paid"),
    "tiers.recurring_not_paid": _("Recurring fee not paid"),
    "tiers.recurring_given_up": _("Recurring fee unpaid after the last try"),
    "limits.created": _("Limit created"),
    "limits.edited": _("Limit edited"),
    "limits.activated": _("Limit activated"),
    "limits.deactivated": _("Limit deactivated"),
    "limits.threshold_added": _("Threshold added"),
    "limits.threshold_changed": _("Threshold changed"),
    "limits.threshold_removed": _("Threshold removed"),
}
