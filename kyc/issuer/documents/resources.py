"""What the export of documents holds: never what is in the files."""

from kit.exports.resource import ListResource
from kyc.models import Document


class DocumentResource(ListResource):
    more = {
        "client_first_name": "client__first_name",
        "client_last_name": "client__last_name",
        "client_company_name": "client__company_name",
    }
    excluded = {"stored": "where the file lies: of no use outside"}

    class Meta:
        model = Document
