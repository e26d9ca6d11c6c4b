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
    "kyc.level_set": _("Verification level set by hand"),
}

# Somebody has only looked (AUD-06).
READS = {
    "kyc.read": _("KYC case seen"),
    "kyc.message_read": _("Content of a provider message seen"),
}
