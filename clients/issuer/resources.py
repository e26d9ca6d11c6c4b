from clients.models import Client
from kit.exports.resource import ListResource


class ClientResource(ListResource):
    excluded = {"search_text": "made of other columns"}

    class Meta:
        model = Client
