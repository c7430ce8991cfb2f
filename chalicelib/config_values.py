"""Configuration values: texts of single settings, checked; each function adds what is wrong to a list of problems."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta

from chalicelib.domain.accounts import parse_email
from chalicelib.domain.addresses import ANYWHERE, Ranges, parse_ranges
from chalicelib.domain.brake import Brake
from chalicelib.domain.errors import Invalid
from chalicelib.domain.prices import PRICES, Price, parse_prices

_MOST_DAYS = 3650
_MOST_ITEMS = 10_000  # they are in memory for each run


def read_days(name: str, given: object, problems: list[str]) -> int:
    """A period of checks: with 0 days, every copy would be read again and again, without end."""
    if re.fullmatch(r"\d{1,5}", str(given), re.ASCII) and 1 <= int(str(given)) <= _MOST_DAYS:
        return int(str(given))
    problems.append(f"{name} is {given!r}: it must be a whole number of days, 1 to {_MOST_DAYS}")
    return 90


def read_items(name: str, environment: Mapping[str, str], problems: list[str]) -> int:
    """How many items one run may take."""
    text = environment.get(name) or "1000"
    if re.fullmatch(r"\d{1,5}", text, re.ASCII) and 1 <= int(text) <= _MOST_ITEMS:
        return int(text)
    problems.append(f"{name} is {text!r}: it must be a whole number from 1 to {_MOST_ITEMS}")
    return 1


def read_amount(name: str, environment: Mapping[str, str], default: str, problems: list[str]) -> float:
    """An amount above 0."""
    text = environment.get(name) or default
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text, re.ASCII) and float(text) > 0:
        return float(text)
    problems.append(f"{name} is {text!r}: it must be a number above 0, such as 20 or 0.5")
    return float(default)


def read_share(name: str, environment: Mapping[str, str], default: str, problems: list[str]) -> float:
    """A share, given in percent: from 0 to 1."""
    text = environment.get(name) or default
    if re.fullmatch(r"\d{1,3}(\.\d{1,6})?", text, re.ASCII) and float(text) <= 100:
        return float(text) / 100
    problems.append(f"{name} is {text!r}: it must be a number from 0 to 100, such as 1 or 0.5")
    return float(default) / 100


def read_prices(text: str, problems: list[str]) -> Mapping[str, Price]:
    """The prices of all classes, from JSON."""
    try:
        return parse_prices(json.loads(text))
    except (ValueError, RecursionError, Invalid) as error:
        problems.append(f"DURACLOUD_PRICES: {error}")
        return PRICES


def read_brake(environment: Mapping[str, str], problems: list[str]) -> Brake:
    """What may be lost within an hour."""
    found = []
    for name, default, most in (("DURACLOUD_BRAKE_PERCENT", 20, 100), ("DURACLOUD_BRAKE_ITEMS", 50, 10**9)):
        given = environment.get(name, str(default))
        right = re.fullmatch(r"\d{1,10}", given, re.ASCII) and 1 <= int(given) <= most
        if not right:
            problems.append(f"{name} is {given!r}: it must be a whole number from 1 to {most}")
        found.append(int(given) if right else default)
    return Brake(*found)


def read_address(name: str, environment: Mapping[str, str], problems: list[str]) -> str:
    """An e-mail address, which needs a notifier; empty: none."""
    address = environment.get(name, "")
    if not address:
        return ""
    if not environment.get("DURACLOUD_NOTIFIER"):
        problems.append(f"{name} is set, and DURACLOUD_NOTIFIER is missing")
    try:
        return parse_email(address)
    except Invalid as error:
        problems.append(f"{name}: {error}")
        return ""


def read_hours(environment: Mapping[str, str], name: str, default: str, problems: list[str]) -> timedelta:
    """A time in whole hours."""
    given = environment.get(name) or default
    if not re.fullmatch(r"\d{1,5}", given, re.ASCII) or int(given) < 1:
        problems.append(f"{name} is {given!r}: it must be a whole number of hours, at least 1")
        return timedelta(hours=int(default))
    return timedelta(hours=int(given))


def read_ranges(name: str, environment: Mapping[str, str], problems: list[str]) -> Ranges:
    """Networks of proxies."""
    try:
        return parse_ranges(environment.get(name, ""))
    except Invalid as error:
        problems.append(f"{name}: {error}")
        return ANYWHERE
