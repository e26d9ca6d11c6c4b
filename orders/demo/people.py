"""Who the clients of the demo are: people and companies who could live in Riga, Lyon or Leeds. Nobody's real address or number."""

from dataclasses import dataclass
from datetime import date, datetime

from clients import services
from clients.enums import ClientType, PersonRole
from clients.models import Client
from core.actors import Actor

PEOPLE = """
Līga Kalniņa lv 1984-03-12|Jānis Bērziņš lv 1979-11-02|Ieva Ozoliņa lv 1991-07-25|Mārtiņš Krūmiņš lv 1988-01-19|Anna Liepiņa lv 1995-09-30
Kristaps Zariņš lv 1982-05-08|Zane Eglīte lv 1990-12-14|Edgars Vītols lv 1975-02-27|Dace Jansone lv 1969-06-03|Artūrs Šmits lv 1998-10-21
Inga Pētersone lv 1986-04-17|Rihards Dumbris lv 1993-08-09|Santa Āboliņa lv 2001-03-05|Camille Lefèvre fr 1987-06-22|Julien Moreau fr 1992-02-11
Élodie Girard fr 1980-10-29|Thomas Bonnet fr 1996-12-03|Aurélie Dupont fr 1978-07-14|Nicolas Faure fr 1985-05-01|Manon Chevalier fr 1999-09-18
Hugo Marchand fr 1990-01-26|Charlotte Hughes en 1983-11-15|Oliver Bennett en 1977-04-04|Emily Carter en 1994-06-27|James Whitfield en 1989-08-20
Sophie Turnbull en 1997-02-08|George Ashworth en 1972-12-31|Amelia Clarke en 2000-05-23
"""
COMPANIES = """
Baltijas Kafija SIA|40203112233|lv|Ilze Kronberga|birojs@baltijas-kafija.example
Gaujas Velo SIA|40203445566|lv|Raivis Kalējs|info@gaujas-velo.example
Dzintara Maiznīca SIA|40103778899|lv|Baiba Rozīte|maize@dzintara-maiznica.example
Jūrmalas Jumti AS|40003990011|lv|Uldis Lācis|jumti@jurmalas-jumti.example
Librairie des Quais SARL|512345678|fr|Sylvie Arnaud|contact@librairie-des-quais.example
Atelier Montagne SAS|823456789|fr|Bruno Perrin|bonjour@atelier-montagne.example
Les Ruchers du Vexin SARL|534567890|fr|Odile Masson|miel@ruchers-vexin.example
Studio Ligne Claire SAS|845678901|fr|Karim Benali|studio@ligne-claire.example
Harbour Lane Books Ltd|09123456|en|Rebecca Stone|hello@harbourlane.example
Northgate Cycles Ltd|10234567|en|Daniel Hargreaves|shop@northgate-cycles.example
Fennel & Rye Bakery Ltd|11345678|en|Priya Nair|orders@fennelandrye.example
Calder Valley Joinery Ltd|12456789|en|Stephen Booth|office@caldervalley.example
"""
PHONES = {"lv": "+3712{:07d}", "fr": "+3361{:07d}", "en": "+4479110{:05d}"}
PLAIN = str.maketrans("āčēģīķļņšūžéèêëïîôöüç", "acegiklnsuzeeeeiioouc")


@dataclass(frozen=True)
class Sheet:
    """What the demo knows of a client before it signs up."""

    name: str
    language: str
    number: int
    birth_date: date | None = None
    registration_number: str = ""
    representative: str = ""
    email: str = ""

    def sign_up(self, *, actor: Actor, now: datetime) -> Client:
        """The client, active, as the channel's sign-up would have left it."""
        phone = PHONES[self.language].format(
            self.number * 4099 % 90_000 + 10_000 if self.language == "en" else 2_104_729 + self.number * 40_993
        )
        if self.registration_number:
            first, _, last = self.representative.partition(" ")
            people = [services.Person(role=PersonRole.REPRESENTATIVE, first_name=first, last_name=last)]
            client = services.create_client(
                actor=actor, now=now, type=ClientType.COMPANY, email=self.email, phone=phone, company_name=self.name,
                registration_number=self.registration_number, people=people, language=self.language,
            )  # fmt: skip
        else:
            first, _, last = self.name.partition(" ")
            email = f"{first}.{last}@post.example".lower().translate(PLAIN)
            client = services.create_client(
                actor=actor, now=now, type=ClientType.PERSON, email=email, phone=phone, first_name=first, last_name=last,
                birth_date=self.birth_date, language=self.language,
            )  # fmt: skip
        return client


def sheets() -> list[Sheet]:
    """28 people and 12 companies, companies strewn in."""
    people = [entry for line in PEOPLE.strip().splitlines() for entry in line.split("|")]
    found = []
    for number, entry in enumerate(people):
        first, last, language, birth = entry.split(" ")
        found.append(Sheet(f"{first} {last}", language, number, birth_date=date.fromisoformat(birth)))
    for number, line in enumerate(COMPANIES.strip().splitlines()):
        name, registration, language, representative, email = line.split("|")
        sheet = Sheet(name, language, 40 + number, registration_number=registration, representative=representative, email=email)
        found.insert(number * 3 + 2, sheet)
    return found
