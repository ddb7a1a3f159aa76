"""The licence certificate and its statement."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from licensing.certificate import CertificateParty, LicenceCertificate, LicensedFile
from licensing.certificate_wire import PREDICATE_TYPE, STATEMENT_TYPE
from licensing.errors import InvalidCertificate, LicensingError, NaiveTimestamp, UnknownTemplate
from licensing.offers import terms_hash
from licensing.templates import SYNC_ONLINE_VIDEO_1
from licensing.timestamps import from_rfc3339

TERMS = replace(SYNC_ONLINE_VIDEO_1.standard_terms, term_months=12)
CERTIFICATE = LicenceCertificate(
    certificate_id="crt_1",
    licensor=CertificateParty("pty_a", "Ada Maker"),
    licensee=CertificateParty("pty_b", "Bo Buyer"),
    track_id="trk_7",
    track_title="Nachtmusik № 7",
    files=(LicensedFile("mix.wav", "ab" * 32), LicensedFile("mix.mp3", "cd" * 32)),
    template=SYNC_ONLINE_VIDEO_1.reference,
    terms=TERMS,
    order_id="ord_9",
    issued_at=datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC),
    status_url="https://music.example/licences/crt_1",
)


def travelled() -> dict[str, Any]:
    statement: dict[str, Any] = json.loads(json.dumps(CERTIFICATE.statement()))
    return statement


def test_it_is_an_in_toto_statement_about_the_files() -> None:
    statement = travelled()
    assert statement["_type"] == STATEMENT_TYPE == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == PREDICATE_TYPE
    assert statement["subject"][0] == {"name": "mix.wav", "digest": {"sha256": "ab" * 32}}
    predicate = statement["predicate"]
    assert predicate["terms_hash"] == terms_hash(SYNC_ONLINE_VIDEO_1.reference, TERMS)
    assert predicate["issued_at"] == "2026-11-20T15:04:05Z"
    assert predicate["expires_at"] == "2027-11-21T00:00:00Z"


def test_it_reads_back() -> None:
    assert LicenceCertificate.from_statement(travelled()) == CERTIFICATE


def test_a_licence_without_a_term_does_not_expire() -> None:
    endless = replace(CERTIFICATE, terms=SYNC_ONLINE_VIDEO_1.standard_terms)
    assert endless.expires_at is None
    assert LicenceCertificate.from_statement(endless.statement()) == endless


def test_the_moment_of_issue_has_one_spelling() -> None:
    berlin = timezone(timedelta(hours=1))
    elsewhere = replace(CERTIFICATE, issued_at=CERTIFICATE.issued_at.astimezone(berlin))
    assert elsewhere.statement() == CERTIFICATE.statement()


def every_leaf(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(node, dict):
        return [leaf for key, child in node.items() for leaf in every_leaf(child, (*path, key))]
    if isinstance(node, list):
        return [leaf for i, child in enumerate(node) for leaf in every_leaf(child, (*path, i))]
    return [path]


def changed(path: tuple[Any, ...], to: object) -> dict[str, Any]:
    statement = copy.deepcopy(travelled())
    node: Any = statement
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = to
    return statement


BOUND_BY_THE_TERMS = [
    path
    for path in every_leaf(travelled())
    if path[0] in {"_type", "predicateType"}
    or path[:2] == ("predicate", "agreement")
    or path[-1] in {"terms_hash", "expires_at"}
]


@pytest.mark.parametrize("path", BOUND_BY_THE_TERMS, ids=lambda path: ".".join(map(str, path)))
def test_a_statement_that_contradicts_itself_is_refused(path: tuple[Any, ...]) -> None:
    for other in ("x", 7, None, True, "0" * 64):
        statement = changed(path, other)
        if statement == travelled():
            continue
        with pytest.raises(LicensingError):
            LicenceCertificate.from_statement(statement)


@pytest.mark.parametrize("path", every_leaf(travelled()), ids=lambda path: ".".join(map(str, path)))
def test_no_field_may_be_of_another_kind(path: tuple[Any, ...]) -> None:
    with pytest.raises(LicensingError):
        LicenceCertificate.from_statement(changed(path, ["a list"]))


def test_terms_swapped_for_broader_ones_are_refused() -> None:
    broader = replace(TERMS, ai_training_allowed=True)
    statement = changed(("predicate", "agreement", "terms"), broader.document())
    with pytest.raises(InvalidCertificate) as refused:
        LicenceCertificate.from_statement(statement)
    assert refused.value.field == "terms_hash"


@pytest.mark.parametrize("field", ["predicate", "subject", "_type", "predicateType"])
def test_missing_parts_are_refused(field: str) -> None:
    statement = travelled()
    del statement[field]
    with pytest.raises(InvalidCertificate):
        LicenceCertificate.from_statement(statement)
    with pytest.raises(InvalidCertificate):
        LicenceCertificate.from_statement({**travelled(), "surprise": 1})


@pytest.mark.parametrize("field", ["_type", "predicateType"])
def test_a_statement_about_something_else_says_so(field: str) -> None:
    with pytest.raises(InvalidCertificate) as refused:
        LicenceCertificate.from_statement(changed((field,), "https://slsa.dev/provenance/v1"))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        {"files": ()},
        {"files": (LicensedFile("a", "ab" * 32), LicensedFile("a", "cd" * 32))},
        {"files": (LicensedFile("a", "AB" * 32),)},
        {"certificate_id": " "},
        {"licensor": CertificateParty("", "Nobody")},
        {"order_id": ""},
        {"status_url": ""},
    ],
)
def test_certificates_that_cannot_be(change: dict[str, object]) -> None:
    with pytest.raises(InvalidCertificate):
        replace(CERTIFICATE, **change)  # type: ignore[arg-type]


def test_an_unknown_template_cannot_be_certified() -> None:
    with pytest.raises(UnknownTemplate):
        replace(CERTIFICATE, template="lic:dream@1").statement()


@pytest.mark.parametrize(
    "text", ["2026-11-20T15:04:05", "2026-11-20T15:04:05+00:00", "2026-11-20", "yesterday", ""]
)
def test_times_are_utc_with_a_z(text: str) -> None:
    with pytest.raises(NaiveTimestamp):
        from_rfc3339(text)


def test_issue_needs_a_zone() -> None:
    with pytest.raises(NaiveTimestamp):
        replace(CERTIFICATE, issued_at=datetime(2026, 11, 20))  # noqa: DTZ001  the point
