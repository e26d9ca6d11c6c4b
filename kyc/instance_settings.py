"""What an instance may set about KYC (KYC-07, KYC-10, KYC-12, KYC-13). Results that arrive are handled by what is set at that moment."""

from django.utils.translation import gettext_lazy as _

from core.instance import Kind, Setting

ENABLED = Setting(
    key="kyc.enabled",
    label=_("KYC is in use"),
    help=_("Switched off, no case is opened and tiers that need one can't be chosen; open cases can be finished, what is held stays held."),
    kind=Kind.YES_NO,
    default=True,
    group="kyc",
    order=10,
)
APPROVE_AUTOMATICALLY = Setting(
    key="kyc.approve_automatically",
    label=_("Approve when the provider accepts"),
    help=_("Otherwise an administrator decides. Holds for results that arrive from now on; manual cases are always decided by hand."),
    kind=Kind.YES_NO,
    default=False,
    group="kyc",
    order=20,
)
DECLINE_AUTOMATICALLY = Setting(
    key="kyc.decline_automatically",
    label=_("Decline when the provider declines"),
    help=_("Otherwise the case waits for an administrator. Holds for results that arrive from now on."),
    kind=Kind.YES_NO,
    default=True,
    group="kyc",
    order=30,
)
LEVEL_FIVE = Setting(
    key="kyc.level_five",
    label=_("Verification level 5 is in use"),
    help=_("For requirements of your own. Switched off, nobody reaches it any more; those who have it keep it."),
    kind=Kind.YES_NO,
    default=False,
    group="kyc",
    order=40,
)
SECOND_PERSON_ABOVE = Setting(
    key="kyc.second_person_above",
    label=_("Approvals are under four-eyes above level"),
    help=_("Where the four-eyes policy names approvals of KYC cases, it holds for cases of a level above this one."),
    kind=Kind.NUMBER,
    default=0,
    minimum=0,
    maximum=5,
    group="kyc",
    order=50,
)
WAITING_HOURS = Setting(
    key="kyc.waiting_hours",
    label=_("Waiting cases are marked after"),
    help=_("Counted from when the case began to wait for an administrator."),
    kind=Kind.NUMBER,
    default=24,
    minimum=1,
    maximum=24 * 90,
    unit=_("hours"),
    group="kyc",
    order=60,
)
DOCUMENT_REMINDER_DAYS = Setting(
    key="kyc.document_reminder_days",
    label=_("Clients are reminded of documents"),
    help=_("Before they lapse, by mail, once for each document. What has lapsed is an alert."),
    kind=Kind.NUMBER,
    default=30,
    minimum=1,
    maximum=365,
    unit=_("days"),
    group="kyc",
    order=70,
)
MESSAGE_DAYS = Setting(
    key="kyc.message_days",
    label=_("Content of providers' messages is kept for"),
    help=_("It holds what was read from documents. That a message came, and what followed, stays."),
    kind=Kind.NUMBER,
    default=365,
    minimum=7,
    maximum=3650,
    unit=_("days"),
    group="retention",
    order=60,
)
SETTINGS = (
    ENABLED,
    APPROVE_AUTOMATICALLY,
    DECLINE_AUTOMATICALLY,
    LEVEL_FIVE,
    SECOND_PERSON_ABOVE,
    WAITING_HOURS,
    DOCUMENT_REMINDER_DAYS,
    MESSAGE_DAYS,
)
