"""What creators sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from licensing.attestations import (
    REQUIRED,
    SignedAttestation,
    attestation_of,
    missing,
    require_signed,
    sign,
)
from licensing.errors import AttestationsMissing, NaiveTimestamp, UnknownAttestation

AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ALL = [sign(attestation.reference, "pty_a", AT) for attestation in REQUIRED]

# A text that was signed is never edited: add a version instead.
SIGNED = {
    "att:inputs@1": "132f890866a601cfe8d1709a1140b2fd9929ca765fd7bd086274c24655ad582f",
    "att:samples@1": "e8179c344ee3b52df478b02a5e3278c23af832c2b9220470b2a5d41e24aeb242",
    "att:voice@1": "cdc2674afff8b818a66c1a4cacb989b91c8ae08d9228478db42e607caa72c157",
    "att:generator-plan@1": "f7a98510d7b3fdcc81f20bf30edd6b018815857d807fe9e75b84a196086e8730",
    "att:ai-disclosure@1": "0370a52bc2d29661c2dc59298dee588d3790f33a76e7537e30519346711ae5a7",
}


def test_a_text_that_was_signed_is_never_edited() -> None:
    assert {a.reference: a.text_sha256 for a in REQUIRED} == SIGNED


def test_all_signed() -> None:
    require_signed(ALL)
    assert missing(ALL) == ()


@pytest.mark.parametrize("index", range(len(REQUIRED)))
def test_each_one_is_required(index: int) -> None:
    signed = ALL[:index] + ALL[index + 1 :]
    assert missing(signed) == (REQUIRED[index],)
    with pytest.raises(AttestationsMissing) as refused:
        require_signed(signed)
    assert refused.value.references == (REQUIRED[index].reference,)


def test_another_text_under_the_same_name_does_not_count() -> None:
    stale = replace(ALL[0], text_sha256="0" * 64)
    assert missing([stale, *ALL[1:]]) == (REQUIRED[0],)
    older = replace(ALL[0], reference="att:inputs@0")
    assert missing([older, *ALL[1:]]) == (REQUIRED[0],)


def test_unknown_names_and_naive_times_are_refused() -> None:
    with pytest.raises(UnknownAttestation):
        attestation_of("att:inputs@99")
    with pytest.raises(UnknownAttestation):
        sign("inputs", "pty_a", AT)
    with pytest.raises(NaiveTimestamp):
        SignedAttestation("att:inputs@1", "0" * 64, "pty_a", AT.replace(tzinfo=None))
