from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "kyc.opened": _("KYC case opened"),
    "kyc.sent_to_provider": _("Verification started at the provider"),
    "kyc.start_failed": _("Verification could not be started"),
    "kyc.result_arrived": _("Result arrived"),
    "kyc.message_repeated": _("Provider message handled again"),
    "kyc.late_result": _("Late result, without effect"),
    "kyc.more_asked": _("More information asked"),
    "kyc.answered": _("Client answered"),
    "kyc.taken": _("Case taken"),
    "kyc.released": _("Case released"),
    "kyc.approved": _("KYC case approved"),
    "kyc.declined": _("KYC case declined"),
    "kyc.document_uploaded": _("Document uploaded"),
    "kyc.document_approved": _("Document approved"),
    "kyc.document_rejected": _("Document rejected"),
    "kyc.document_reminded": _("Client reminded that the document lapses"),
    "kyc.document_lapsed": _("Document lapsed"),
    "kyc.document_file_deleted": _("Document's file deleted"),
    "kyc.level_set": _("Verification level set by hand"),
}

# Somebody has only looked (AUD-06).
READS = {
    "kyc.document_read": _("Document seen"),
    "kyc.read": _("KYC case seen"),
    "kyc.message_read": _("Content of a provider message seen"),
}
