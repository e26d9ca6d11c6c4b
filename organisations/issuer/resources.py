from kit.exports.resource import ListResource
from organisations.models import ApiKey, Organisation


class OrganisationResource(ListResource):
    excluded = {"search_text": "made of other columns"}

    class Meta:
        model = Organisation


class KeyResource(ListResource):
    excluded = {"secret_hash": "the hash of a secret", "search_text": "made of other columns"}

    class Meta:
        model = ApiKey
