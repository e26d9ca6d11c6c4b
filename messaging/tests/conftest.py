"""A real mail server on a real socket, which can be told to refuse, to stall, and to die with the answer on its lips."""

import asyncio
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from messaging import registry
from messaging.registry import MailTemplate

PORT_OF = "127.0.0.1"


class MailServer:
    """Takes what it is given, unless `answer` (for DATA), `refuse` (for RCPT) or `stall` (seconds before and after) say else."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.answer, self.refuse, self.stall_before, self.stall_after = "", "", 0.0, 0.0
        self.conversations, self.port = 0, 0  # mails whose content has arrived, answered or not

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.conversations += 1
        await asyncio.sleep(self.stall_before)
        if self.answer:
            return self.answer
        self.received.append(message_from_bytes(envelope.content, policy=default))
        await asyncio.sleep(self.stall_after)
        return "250 taken"


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    with socket.socket() as probe:
        probe.bind((PORT_OF, 0))
        port = probe.getsockname()[1]
    server = MailServer()
    controller = Controller(server, hostname=PORT_OF, port=port)
    controller.start()
    server.port = port
    settings.MAIL_TRANSPORT = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": PORT_OF, "EMAIL_PORT": port}
    yield server
    controller.stop()


@pytest.fixture
def mail_files(tmp_path, settings) -> Iterator[str]:
    """A registered mail of the test's own, in two languages."""
    folder = tmp_path / "mail"
    folder.mkdir()
    files = {
        "tests.hello.en.subject.txt": "Hello {{ name }}\n",
        "tests.hello.en.txt": "Dear {{ name }},\nopen {{ link }}\n",
        "tests.hello.en.html": '<p>Dear {{ name }}, <a href="{{ link }}">open</a></p>',
        "tests.hello.lv.subject.txt": "Sveiki, {{ name }}\n",
        "tests.hello.lv.txt": "Sveiki, {{ name }}!\n",
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    registry._mails["tests.hello"] = MailTemplate("Hello", {"name": "Anna", "link": "https://example.org/"})
    yield "tests.hello"
    del registry._mails["tests.hello"]
