from accounts.models import Profile, User
from kit.exports.resource import ListResource


class UserResource(ListResource):
    more = {"profiles": "profile_names", "organisations": "organisation_names"}
    excluded = {"password": "the hash of a secret", "search_text": "made of other columns"}

    class Meta:
        model = User


class ProfileResource(ListResource):
    more = {"users": "user_count"}
    excluded = {"synced_rights": "bookkeeping of what the next start may add"}

    class Meta:
        model = Profile
