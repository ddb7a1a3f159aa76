"""What an analysis found, as it is kept: the evidence document, and rows to find and list it by."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from app.screening import neighbours
from app.screening.analysis import ENGINE, Analysed
from app.screening.evidence import FORMAT, EvidenceDocument, FoundMatch
from app.screening.judgement import Judgement
from app.screening.lifecycle import Occasion
from app.screening.models import Screening, ScreeningMatch
from app.screening.policy import CURRENT
from similarity.match import Band


def document_of(screening: Screening, result: Analysed, judgement: Judgement) -> EvidenceDocument:
    """The evidence of a screening, judged under the current policy."""
    return EvidenceDocument(
        format=FORMAT,
        policy=CURRENT.uri,
        policy_sha256=CURRENT.sha256,
        occasion=screening.occasion,
        engine=ENGINE,
        track_id=screening.track_id,
        verdict=judgement.verdict,
        licences=judgement.licences,
        reasons=judgement.reasons,
        advice=judgement.advice,
        corpora=result.corpora,
        files=result.files,
        matches=result.matches,
    )


async def counting(session: AsyncSession, screening: Screening, result: Analysed) -> Analysed:
    """The findings without matches that do not count, or that a person has decided upon before."""
    matches = await neighbours.counting(session, screening.track_id, result.matches)
    if screening.occasion is not Occasion.SUBMISSION:
        settled = await _settled(session, screening)
        matches = [match for match in matches if match.work.reference not in settled]
    return replace(result, matches=matches)


async def _settled(session: AsyncSession, screening: Screening) -> frozenset[str]:
    """References that earlier screenings of the track have shown; they were decided upon then."""
    query = (
        sa.select(ScreeningMatch.reference)
        .join(Screening, Screening.id == ScreeningMatch.screening_id)
        .where(
            Screening.track_id == screening.track_id,
            Screening.id != screening.id,
            ScreeningMatch.band != Band.NONE,
        )
    )
    return frozenset(await session.scalars(query))


def match_rows(screening: Screening, matches: Sequence[FoundMatch]) -> list[ScreeningMatch]:
    """The matches as rows, for what has to find or list them."""
    return [
        ScreeningMatch(
            screening_id=screening.id,
            rank=rank,
            asset_id=match.asset_id,
            kind=match.kind,
            corpus=match.corpus,
            transcribed=match.transcribed,
            reference=match.work.reference,
            band=match.band,
            score=match.score,
            evalue=match.evalue,
            query_start_s=match.query_span.start_s,
            query_end_s=match.query_span.end_s,
            reference_start_s=match.reference_span.start_s,
            reference_end_s=match.reference_span.end_s,
        )
        for rank, match in enumerate(matches, start=1)
    ]
