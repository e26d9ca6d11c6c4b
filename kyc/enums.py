from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseStatus(TextChoices):
    """Where a case stands (KYC-14). Approved and declined are final; all others are open."""

    OPENED = "opened", _("Opened")
    WITH_PROVIDER = "with_provider", _("With provider")
    MORE_INFORMATION = "more_information", _("More information asked")
    AWAITING_DECISION = "awaiting_decision", _("Awaiting decision")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


CLOSED = frozenset({CaseStatus.APPROVED, CaseStatus.DECLINED})


class ProviderResult(TextChoices):
    """What an integrated provider made of it (KYC-06). None of them is a failure of ours."""

    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled")
    ERROR = "error", _("Error at the provider")


class DecidedHow(TextChoices):
    """Who or what closed a case."""

    BY_HAND = "by_hand", _("By hand")
    AUTOMATICALLY = "automatically", _("Automatically")
    BY_CLIENT = "by_client", _("By the client")


class DeclineReason(TextChoices):
    """Why a case was declined, in the words that the client reads (KYC-09)."""

    UNREADABLE = "unreadable", _("A document could not be read.")
    EXPIRED = "expired", _("A document is no longer valid.")
    MISMATCH = "mismatch", _("The data don't match the documents.")
    NOT_CONFIRMED = "not_confirmed", _("The identity could not be confirmed.")
    NOT_ANSWERED = "not_answered", _("What was asked for was not sent.")
    NOT_OFFERED = "not_offered", _("This level can't be offered.")
    NOT_FINISHED = "not_finished", _("The verification was not finished.")
    OTHER = "other", _("Another reason.")
    BY_CLIENT = "by_client", _("Cancelled by the client.")


# What an administrator may choose: the rest say what happened without one.
CHOSEN_BY_HAND = [reason for reason in DeclineReason if reason not in (DeclineReason.NOT_FINISHED, DeclineReason.BY_CLIENT)]


class MessageStatus(TextChoices):
    """Where a provider's message stands (KYC-20, KYC-22)."""

    RECEIVED = "received", _("To do")
    DONE = "done", _("Handled")
    IGNORED = "ignored", _("Ignored")  # an event that means nothing to us
    UNMATCHED = "unmatched", _("Unknown reference")
    FAILED = "failed", _("Gave up")
    REFUSED = "refused", _("Refused")  # its signature doesn't hold; kept to see why, never worked on


class DocumentKind(TextChoices):
    """What a document is said to be (KYC-10)."""

    PASSPORT = "passport", _("Passport")
    ID_CARD = "id_card", _("Identity card")
    RESIDENCE_PERMIT = "residence_permit", _("Residence permit")
    DRIVING_LICENCE = "driving_licence", _("Driving licence")
    SELFIE = "selfie", _("Photo of the person")
    PROOF_OF_ADDRESS = "proof_of_address", _("Proof of address")
    PROOF_OF_FUNDS = "proof_of_funds", _("Proof of funds")
    REGISTER_EXTRACT = "register_extract", _("Extract of a company register")
    OTHER = "other", _("Other document")


# These carry a date after which they prove nothing: an approval names it.
EXPIRING = frozenset({DocumentKind.PASSPORT, DocumentKind.ID_CARD, DocumentKind.RESIDENCE_PERMIT, DocumentKind.DRIVING_LICENCE})


class DocumentStatus(TextChoices):
    """The verdict on a document (KYC-10)."""

    UPLOADED = "uploaded", _("Waits for a verdict")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class RejectReason(TextChoices):
    """Why a document was rejected, in the words that the client reads."""

    UNREADABLE = "unreadable", _("It can't be read: send a sharp, complete picture.")
    EXPIRED = "expired", _("It is no longer valid.")
    TOO_OLD = "too_old", _("It is too old.")
    INCOMPLETE = "incomplete", _("Pages or sides are missing.")
    OTHER_PERSON = "other_person", _("It names somebody else.")
    WRONG_KIND = "wrong_kind", _("It is another kind of document than was asked for.")
    NOT_GENUINE = "not_genuine", _("It could not be confirmed as genuine.")
    OTHER = "other", _("Another reason.")


class MessageNote(TextChoices):
    """Why a provider's message stands where it does."""

    UNREADABLE = "unreadable", _("It isn't a message of a form that we know.")
    NO_EFFECT = "no_effect", _("Nothing follows from this event.")
    NOT_YET = "not_yet", _("No case has this reference yet.")
    NO_CASE = "no_case", _("No case of this provider has this reference.")
    NO_ANSWER = "no_answer", _("The provider gave no usable answer when it was asked.")
    BAD_SIGNATURE = "bad_signature", _("The signature is missing or doesn't hold.")


class Right(TextChoices):
    """Rights of this app (USR-01)."""

    KYC_SEE = "kyc.see", _("See KYC cases")
    KYC_ACT = "kyc.act", _("Take cases, ask for more information, upload documents")
    KYC_DECIDE = "kyc.decide", _("Approve and decline cases and documents")
    KYC_OVERRIDE = "kyc.override", _("Approve against a provider's result")
    TIERS_CHOOSE = "tiers.choose", _("Choose tiers for clients, over the API")
    SET_LEVEL = "clients.set_level", _("Set verification levels by hand")
