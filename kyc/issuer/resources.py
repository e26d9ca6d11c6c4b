"""What the export of cases holds."""

from kit.exports.resource import ListResource
from kyc.models import Case


class CaseResource(ListResource):
    more = {
        "client_type": "client__type",
        "client_first_name": "client__first_name",
        "client_last_name": "client__last_name",
        "client_company_name": "client__company_name",
        "client_email": "client__email",
    }
    excluded = {
        "url": "a session of the client at the provider: whoever has it could go on in the client's place",
        "provider_reference": "a secret shared with the provider",
        "result_fields": "what the provider read in the client's documents: on the case's page alone",
        "provider_reasons": "codes of the provider: on the case's page alone",
        "reservation_id": "the ledger's own number",
    }

    class Meta:
        model = Case
