from accounts.models import User
from kit.exports.resource import ListResource


class UserResource(ListResource):
    excluded = {"password": "the hash of a secret", "search_text": "made of other columns"}

    class Meta:
        model = User
