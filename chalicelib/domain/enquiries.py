"""Enquiries: what visitors write who want to become a member or a service provider, and what is let through.

| field          | rule                                                                    |
|----------------|-------------------------------------------------------------------------|
| `about`        | one of `Subject`                                                        |
| `name`         | 1 to 100 characters in one line                                         |
| `organisation` | 1 to 200 characters in one line                                         |
| `email`        | an address, at most 254 characters                                      |
| `message`      | 1 to 5,000 characters; line breaks and tabs, no other control characters |
| `homepage`     | empty: people do not see it, and programs fill it in                    |

Everything is kept as text: where it is shown, nothing in it is markup, and no header is made of it.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.accounts import parse_email
from chalicelib.domain.content import ContentId
from chalicelib.domain.errors import Invalid
from chalicelib.domain.guessing import Patience
from chalicelib.domain.spaces import SpaceId

ENQUIRIES = SpaceId("x-enquiries")
PATIENCE = Patience(5, timedelta(hours=1), timedelta(days=1))  # enquiries from one address
FIELDS = frozenset({"about", "name", "organisation", "email", "message", "homepage"})
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")
_REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they make text look other than it is


class Subject(StrEnum):
    """What an enquiry is about."""

    MEMBERSHIP = "membership"
    SERVICE_PROVIDER = "service-provider"


@dataclass(frozen=True)
class Enquiry:
    """One enquiry; every text was checked by `parse_enquiry`."""

    about: Subject
    name: str
    organisation: str
    email: str
    message: str

    @property
    def data(self) -> bytes:
        """The item that is kept of it: JSON."""
        return json.dumps(self.__dict__, ensure_ascii=False, indent=2).encode()

    def item_id(self, at: datetime) -> ContentId:
        """Its content id; the same for the same words on the same day (UTC), and without any of them."""
        day = at.astimezone(UTC).date()
        return ContentId(f"{day}/{self.about}-{hashlib.sha256(self.data).hexdigest()[:16]}.json")


def parse_enquiry(given: Mapping[str, str]) -> Enquiry:
    """The enquiry in the fields of a form. Raises Invalid, naming the field and the rule."""
    for field in given.keys() - FIELDS:
        raise Invalid(f"There is no field {field[:40]!r} in this form")
    if given.get("homepage"):
        raise Invalid("The field that says so must stay empty: programs fill it in, and their enquiries are not kept")
    about = given.get("about", "")
    if about not in list(Subject):
        raise Invalid(f"About must be one of {', '.join(Subject)}")
    name, organisation = _line(given, "name", 100), _line(given, "organisation", 200)
    email = parse_email(_line(given, "email", 254))
    message = _checked("message", given.get("message", "").replace("\r\n", "\n"), 5000, "\n\t")
    return Enquiry(Subject(about), name, organisation, email, message)


def _line(given: Mapping[str, str], field: str, most: int) -> str:
    return _checked(field, given.get(field, ""), most, "")


def _checked(field: str, text: str, most: int, allowed: str) -> str:
    for character in text:
        if character not in allowed and (unicodedata.category(character) in _CONTROLS or character in _REORDERING):
            raise Invalid(f"{field.capitalize()} has a control character (U+{ord(character):04X})")
    text = text.strip()
    if not text:
        raise Invalid(f"{field.capitalize()} is missing")
    if len(text) > most:
        raise Invalid(f"{field.capitalize()} has {len(text):,} characters: at most {most:,} are read")
    return text
