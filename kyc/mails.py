"""The mails of this app (KYC-09, KYC-11, KYC-12)."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

WHO = {"name": "Anna Ozola", "case": "KYC-7K2M9Q4T", "tier": "Gold"}
DOCUMENT = {"name": "Anna Ozola", "document": "Passport", "file": "passport.jpg", "date": "2 December 2026"}
MAILS = {
    "kyc.opened": MailTemplate(_("Verification begun"), WHO | {"link": "https://verify.example.com/7k2m9q4t", "fee": "10.00 EUR"}),
    "kyc.more_information": MailTemplate(
        _("More information asked"), WHO | {"asked": "Please send a bill that is younger than three months."}
    ),
    "kyc.approved": MailTemplate(_("Verification approved"), WHO | {"level": "2", "fee": "10.00 EUR"}),
    "kyc.declined": MailTemplate(_("Verification declined"), WHO | {"reason": "A document could not be read.", "fee": "10.00 EUR"}),
    "kyc.level_changed": MailTemplate(_("Verification level changed"), {"name": "Anna Ozola", "level": "3"}),
    "kyc.document_rejected": MailTemplate(
        _("Document rejected"), DOCUMENT | {"reason": "It can't be read: send a sharp, complete picture."}
    ),
    "kyc.document_expires": MailTemplate(_("Document lapses soon"), DOCUMENT),
}
