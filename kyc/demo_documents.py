"""The demo's documents: what the clients of its cases sent, and what became of it."""

from datetime import datetime, timedelta

from clients.models import Client
from core.actors import Actor
from kyc.enums import DocumentKind
from kyc.models import Document
from kyc.services.documents.keeping import approve_document, reject_document, today, upload_document
from kyc.services.documents.reading import examine
from kyc.specimens import bill, passport

DAY = timedelta(days=1)
LATER = timedelta(minutes=25)
# plot of a case -> its client's passport is valid for so many days from now on, whether there is a bill, and the verdicts.
PAPERS = {
    "approved": (18, True, "approved"),  # lapses soon: the client is reminded
    "accepted_approved": (-3, False, "approved"),  # has lapsed since: an alert
    "declined": (-250, False, "expired"),
    "waits": (1900, True, ""),
    "answered": (900, True, ""),
}
STREETS = ("Brīvības iela 14", "Rue des Tilleuls 5", "Harbour Road 21")


def send_papers(client: Client, plot: str, *, app: Actor, officer: Actor, at: datetime, now: datetime) -> None:
    """What the client of a case with this plot sends with it."""
    if plot not in PAPERS or not client.first_name:
        return
    days, has_bill, verdict = PAPERS[plot]
    until = today(now) + days * DAY
    drawn = passport(
        last_name=client.last_name, first_name=client.first_name, born=client.birth_date, number=f"AC{client.pk:07d}", valid_until=until
    )
    papers = [_send(client, DocumentKind.PASSPORT, drawn, "passport.jpg", app, at)]
    if has_bill:
        address = (STREETS[client.pk % len(STREETS)], "Amber Coast")
        papers.append(
            _send(client, DocumentKind.PROOF_OF_ADDRESS, bill(name=str(client), address=address, day=at.date()), "bill.pdf", app, at)
        )
    for paper in papers:
        expires_on = until if paper.kind == DocumentKind.PASSPORT else None
        if verdict == "approved":
            approve_document(document_id=paper.pk, expires_on=expires_on, actor=officer, now=at + LATER)
        elif verdict:
            reject_document(document_id=paper.pk, reason=verdict, actor=officer, now=at + LATER)


def _send(client: Client, kind: str, content: bytes, name: str, app: Actor, at: datetime) -> Document:
    return upload_document(client_id=client.pk, kind=kind, examined=examine(content, name=name), actor=app, now=at)
