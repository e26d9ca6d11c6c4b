"""The decorator of every POST that moves something: an Idempotency-Key is required, and works once (API-02)."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.request import RawPostDataException
from django.utils import timezone
from ninja import Header, Schema, Status
from ninja.utils import contribute_operation_args
from pydantic import StringConstraints

from kit.idempotency import Answer, content_hash, once

KEY = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
DESCRIPTION = "Made by the sender, new for each thing it wants done. The same key with the same content gets the first answer."


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Around an operation that returns `Status(code, schema)`: the first answer is stored with the effect and replayed."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **values: Any) -> Any:
        key = values.pop("idempotency_key")
        sender = request.auth  # type: ignore[attr-defined]

        def run() -> Answer:
            answer: Status[Schema] = view(request, *args, **values)
            return Answer(answer.status_code, answer.value.model_dump(mode="json"))

        now = timezone.now()
        answer = once(owner=f"{sender.actor_type}:{sender.actor_id}", key=key, content=_content(request), now=now, run=run)
        request.is_replayed = answer.replayed  # type: ignore[attr-defined]
        return Status(answer.status, answer.body)

    contribute_operation_args(wrapper, "idempotency_key", KEY, Header(..., alias="Idempotency-Key", description=DESCRIPTION))
    return wrapper


def _content(request: HttpRequest) -> str:
    """Method, address and body, the body without regard to spaces and the order of its keys, a form's files by what is in them."""
    try:
        body = json.dumps(json.loads(request.body), sort_keys=True)
    except RawPostDataException:  # Django has read it as a form
        body = json.dumps([sorted(request.POST.lists()), [_file(name, file) for name, file in sorted(request.FILES.items())]])
    except ValueError:  # empty, or of an operation that takes none
        body = request.body.hex()
    return content_hash(str(request.method), request.get_full_path(), body)


def _file(name: str, file: UploadedFile) -> tuple[str, str, str]:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return name, file.name or "", digest.hexdigest()
