"""The legal moves of a case (KYC-14). Asking for more information never closes one; nothing leaves Approved or Declined (KYC-23)."""

from audit.transitions import Transitions
from kyc.enums import CaseStatus, DocumentStatus

CASE = Transitions(
    field="status",
    moves={
        CaseStatus.OPENED: {
            CaseStatus.WITH_PROVIDER: "kyc.sent_to_provider",
            CaseStatus.AWAITING_DECISION: "kyc.result_arrived",
            CaseStatus.DECLINED: "kyc.declined",
        },
        CaseStatus.WITH_PROVIDER: {
            CaseStatus.MORE_INFORMATION: "kyc.more_asked",
            CaseStatus.AWAITING_DECISION: "kyc.result_arrived",
            CaseStatus.DECLINED: "kyc.declined",
        },
        CaseStatus.MORE_INFORMATION: {
            CaseStatus.WITH_PROVIDER: "kyc.answered",
            CaseStatus.AWAITING_DECISION: "kyc.answered",
            CaseStatus.DECLINED: "kyc.declined",
        },
        CaseStatus.AWAITING_DECISION: {
            CaseStatus.MORE_INFORMATION: "kyc.more_asked",
            CaseStatus.APPROVED: "kyc.approved",
            CaseStatus.DECLINED: "kyc.declined",
        },
    },
)

# KYC-10. What was rejected stays so: the client sends another.
DOCUMENT = Transitions(
    field="status",
    moves={
        DocumentStatus.UPLOADED: {
            DocumentStatus.APPROVED: "kyc.document_approved",
            DocumentStatus.REJECTED: "kyc.document_rejected",
        },
        DocumentStatus.APPROVED: {DocumentStatus.REJECTED: "kyc.document_rejected"},
    },
)
