"""How times, money and digests are told to people: the filters of the templates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from licensing.money import Money

LOCALE: Final = "en_GB"  # the console speaks English; day before month, 24 hours

_JUST_NOW: Final = timedelta(seconds=45)


def moment(at: datetime) -> str:
    """``20 Nov 2026, 15:00 UTC``"""
    return f"{format_datetime(at, 'd MMM y, HH:mm', locale=LOCALE)} UTC"


def day(on: date) -> str:
    """``Fri, 20 Nov 2026``"""
    return format_date(on, "EEE, d MMM y", locale=LOCALE)


def relative(at: datetime, now: datetime) -> str:
    """``3 days ago``, ``in 2 hours``; coarse on purpose, the exact time stands beside it."""
    if abs(at - now) < _JUST_NOW:
        return "just now"
    return format_timedelta(at - now, add_direction=True, locale=LOCALE)


def timecode(seconds: float) -> str:
    """A place in a recording: ``1:07.4``"""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes}:{rest // 10:02d}.{rest % 10}"


def amount(minor: int, currency: str) -> str:
    """``£12.34`` of minor units and an ISO 4217 code."""
    return Money(minor, currency).format(LOCALE)


def percent(share: float) -> str:
    """``12.5%`` of a share between 0 and 1."""
    return format_percent(share, format="0.#%", locale=LOCALE)


def basis_points(points: int) -> str:
    """``33.34%`` of 3334 basis points, without floats."""
    whole, hundredths = divmod(points, 100)
    return f"{whole}.{hundredths:02d}%" if hundredths else f"{whole}%"


def file_size(size: int) -> str:
    """``3.4 MB``, decimal units as in file managers."""
    value, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{format_decimal(value, format='#,##0.#', locale=LOCALE)} {unit}"


def short_digest(text: str) -> str:
    """The beginning and the end of a long hexadecimal digest or identifier."""
    return text if len(text) <= 16 else f"{text[:8]}…{text[-6:]}"


def words(identifier: str) -> str:
    """``in_review`` and ``in-review`` as ``in review``."""
    return identifier.replace("_", " ").replace("-", " ")
