"""The one way an API is made: OpenAPI 3.1 at openapi.json, its page at docs, problems, strict parsing (API-01, API-02)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema

from kit.api import problems
from kit.api.parsing import StrictParser
from kit.api.problems import CONTENT_TYPE

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["urn:problem:insufficient_balance"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable: a program may rely on it."},
        "detail": {"type": "string", "description": "For a person; its words may change."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "request_id": {"type": "string", "description": "Names this request in the issuer's log."},
    },
}
REFUSALS = {
    "400": "The body isn't JSON that could be stored.",
    "401": "No valid key.",
    "403": "The key lacks the scope, or the object's state forbids it.",
    "404": "There is no such thing, or not for this key.",
    "409": "Conflict with the present state.",
    "422": "The request doesn't fit its description, or can't be right.",
    "429": "Too many requests; Retry-After says how long to wait.",
    "503": "Try the same request again.",
}


class Api(NinjaAPI):
    """A NinjaAPI whose description also names its problems."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
        for path in schema["paths"].values():
            for operation in path.values():
                # Any other kind of sign-in stands beside the key, never in its place.
                operation["security"] = [{"KeyAuth": [], **one} for one in operation["security"]]
                for status, meaning in REFUSALS.items():
                    operation["responses"].setdefault(
                        status,
                        {"description": meaning, "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}},
                    )
        return schema


class OfflineDocs(Swagger):
    """Swagger's page from our own static files; it may ask this server alone, and its pictures are data."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        self.settings["persistAuthorization"] = False
        return super().render_page(request, api, **kwargs)


def make_api(*, title: str, version: str, description: str) -> Api:
    """An empty API; the caller adds each app's router."""
    api = Api(
        title=title,
        version=version,
        description=description,
        openapi_url="/openapi.json",
        docs_url="/docs",
        docs=OfflineDocs(),
        parser=StrictParser(),
        urls_namespace="api",
    )
    problems.register(api)
    return api
