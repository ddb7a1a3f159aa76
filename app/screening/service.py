"""Use cases of screening: asked for, run, recorded. What people then decide is in ``review``."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
import sqlalchemy as sa

from app.catalog import service as catalog
from app.catalog.models import Track
from app.core.errors import NotFound
from app.core.jobs import Job
from app.core.processes import WorkerDied
from app.core.unit_of_work import UnitOfWork
from app.provenance import service as provenance
from app.provenance.countersignature import ScreeningVerdict
from app.provenance.house import HouseKeys
from app.screening import catalogue, findings
from app.screening.analysis import Analysed, Unready, Unusable
from app.screening.evidence import EvidenceDocument, digest
from app.screening.judgement import Judgement, judge
from app.screening.lanes import Corpus
from app.screening.lifecycle import SCREENING, Occasion, ScreeningCommand, ScreeningState
from app.screening.models import Screening, ScreeningMatch
from app.screening.policy import CURRENT
from app.screening.quality import QualityRefused
from similarity.match import Verdict

RUN: Final = Job("screening.run", heavy=True)

RETRY_AFTER: Final = timedelta(seconds=30)
RETRY_AT_MOST: Final = timedelta(minutes=30)
"""A stalled screening waits twice as long each time, up to this."""

CRASHES_AT_MOST: Final = 3
"""A file that ends its worker so often is at fault itself."""

BROKE_DOWN: Final = (
    "The analysis broke down on these files every time. Export them anew, in another format."
)

_COMMAND_OF_VERDICT: Final = {
    Verdict.CLEAR: ScreeningCommand.CLEAR,
    Verdict.REVIEW: ScreeningCommand.SEND_TO_REVIEW,
    Verdict.BLOCK: ScreeningCommand.BLOCK,
}


async def request_screening(uow: UnitOfWork, *, track_id: str) -> Screening:
    """Have a verified track screened; the job starts when this transaction commits.

    Raises:
        IllegalTransition: the track is not verified, or was screened already.
    """
    track = await catalog.mark_screening(uow, track_id=track_id)
    screening = await new_screening(uow, track_id=track.id, occasion=Occasion.SUBMISSION)
    await _enqueue(uow, screening)
    return screening


async def screen_again(uow: UnitOfWork, *, track_id: str) -> bool:
    """Have an accepted track screened again because what we compare with has grown.

    False where such a screening is waiting or running already: it will see what is new, too.
    """
    query = sa.select(Screening.id).where(
        Screening.track_id == track_id,
        Screening.occasion == Occasion.CORPUS_GROWTH,
        Screening.state.in_((ScreeningState.QUEUED, ScreeningState.STALLED)),
    )
    if await uow.session.scalar(query.limit(1)) is not None:
        return False
    screening = await new_screening(uow, track_id=track_id, occasion=Occasion.CORPUS_GROWTH)
    await _enqueue(uow, screening)
    return True


async def new_screening(uow: UnitOfWork, *, track_id: str, occasion: Occasion) -> Screening:
    """A screening that nothing has been done for yet."""
    screening = Screening(
        id=uow.new_id("scr"),
        track_id=track_id,
        occasion=occasion,
        state=SCREENING.initial,
        attempt=1,
        requested_at=uow.now,
        version=1,
        matches=[],
        reviews=[],
    )
    uow.session.add(screening)
    await uow.session.flush()
    uow.record("screening.requested", screening.id, track=track_id, occasion=occasion.value)
    return screening


async def start(uow: UnitOfWork, *, screening_id: str) -> None:
    """The screening begins. Starting it again changes nothing."""
    screening = await _locked(uow, screening_id)
    if screening.state is ScreeningState.QUEUED:
        advance(screening, ScreeningCommand.START)
        screening.started_at = uow.now
        screening.problem = None


async def record_result(
    uow: UnitOfWork,
    *,
    house: HouseKeys,
    screening_id: str,
    result: Analysed | Unusable | Unready,
) -> Screening:
    """Keep what the analysis found and send the track where the verdict sends it.

    A cleared track is countersigned in the same transaction. Recording a result again changes
    nothing: the screening is not running any more.
    """
    screening = await _locked(uow, screening_id)
    if screening.state is not ScreeningState.RUNNING:
        return screening
    match result:
        case Unready(slug=WorkerDied.slug) if screening.attempt >= CRASHES_AT_MOST:
            await _fail(uow, screening, "analysis-broke-down", BROKE_DOWN)
        case Unready():
            _stall(uow, screening, result)
        case Unusable():
            await _fail(uow, screening, result.slug, f"{result.file_name}: {result.detail}")
        case Analysed():
            result = await findings.counting(uow.session, screening, result)
            try:
                judgement = judge(result.files, result.matches)
            except QualityRefused as refused:
                await _fail(uow, screening, refused.rule.slug, refused.detail)
            else:
                await _conclude(uow, house, screening, result, judgement)
    return screening


async def track_of(uow: UnitOfWork, *, screening_id: str) -> Track:
    """The track that the screening is about."""
    screening = await screening_for(uow, screening_id)
    return await catalog.track_for(uow, screening.track_id)


async def requeue_stalled(uow: UnitOfWork) -> int:
    """Try again what stalled through no fault of its file, when its waiting time is over."""
    query = (
        sa.select(Screening)
        .where(Screening.state == ScreeningState.STALLED, Screening.retry_at <= uow.now)
        .order_by(Screening.id)
        .with_for_update(skip_locked=True)
    )
    due = list(await uow.session.scalars(query))
    for screening in due:
        advance(screening, ScreeningCommand.RETRY)
        screening.retry_at = None
        screening.attempt += 1
        uow.record("screening.requeued", screening.id, attempt=screening.attempt)
        await _enqueue(uow, screening)
    return len(due)


async def screening_for(uow: UnitOfWork, screening_id: str) -> Screening:
    """A screening of a track that the actor may see.

    Raises:
        NotFound
    """
    screening = await uow.session.get(Screening, screening_id)
    if screening is None:
        raise NotFound("There is no screening with this id.")
    await catalog.track_for(uow, screening.track_id)
    return screening


async def latest_screening(uow: UnitOfWork, track_id: str) -> Screening:
    """The last screening of a track that the actor may see.

    Another look that found nothing new is no news.

    Raises:
        NotFound: no such track, or it was not screened yet.
    """
    track = await catalog.track_for(uow, track_id)
    query = (
        sa.select(Screening)
        .where(
            Screening.track_id == track.id,
            sa.or_(
                Screening.occasion != Occasion.CORPUS_GROWTH,
                Screening.verdict.in_((Verdict.REVIEW, Verdict.BLOCK)),
            ),
        )
        .order_by(Screening.id.desc())
        .limit(1)
    )
    screening = await uow.session.scalar(query)
    if screening is None:
        raise NotFound("The track has not been screened yet; submit it first.")
    return screening


def evidence_of(screening: Screening) -> EvidenceDocument | None:
    """The evidence of a concluded screening, with all that a page draws."""
    if screening.evidence is None:
        return None
    return msgspec.json.decode(screening.evidence, type=EvidenceDocument)


async def require_reference_shown(uow: UnitOfWork, reference: str) -> None:
    """A reference's recording is played to staff, and to whom it was held against.

    Raises:
        NotFound: no evidence about a track of the actor names it.
    """
    if uow.actor.has(*catalog.STAFF):
        return
    query = (
        sa.select(ScreeningMatch.rank)
        .join(Screening, Screening.id == ScreeningMatch.screening_id)
        .join(Track, Track.id == Screening.track_id)
        .where(ScreeningMatch.reference == reference, Track.owner_id == uow.actor.person_id)
        .limit(1)
    )
    if await uow.session.scalar(query) is None:
        raise NotFound("No evidence about a track of yours names this reference.")


async def countersign(
    uow: UnitOfWork, *, house: HouseKeys, screening: Screening, verdict: ScreeningVerdict
) -> None:
    """The house signs for the screened track, in the transaction that cleared it."""
    track = await catalog.track_for(uow, screening.track_id)
    if track.provenance_statement_id is None or screening.evidence_sha256 is None:
        raise NotFound("The track has no verified statement or no evidence to sign for.")
    statement = await provenance.countersign(
        uow,
        house=house,
        track_id=track.id,
        statement_id=track.provenance_statement_id,
        policy=screening.policy or CURRENT.uri,
        verdict=verdict,
        evidence_sha256=screening.evidence_sha256,
    )
    await catalog.mark_countersigned(uow, track_id=track.id, statement_id=statement.id)
    await catalogue.admit(
        uow, track_id=track.id, screened_at=screening.started_at or screening.requested_at
    )


async def _conclude(
    uow: UnitOfWork,
    house: HouseKeys,
    screening: Screening,
    result: Analysed,
    judgement: Judgement,
) -> None:
    document = findings.document_of(screening, result, judgement).canonical()
    screening.evidence = document
    screening.evidence_sha256 = digest(document)
    screening.policy = CURRENT.uri
    screening.corpus_digest = result.corpora.get(Corpus.REFERENCES)
    screening.catalogue_digest = result.corpora.get(Corpus.CATALOGUE)
    screening.verdict = judgement.verdict
    screening.timings_ms = dict(result.timings_ms)
    screening.finished_at = uow.now
    screening.matches = findings.match_rows(screening, result.matches)
    submitted = screening.occasion is Occasion.SUBMISSION
    verdict = judgement.verdict
    track = await catalog.track_for(uow, screening.track_id)
    statement_id = track.provenance_statement_id
    doubtful = statement_id and await provenance.is_doubtful(uow.session, statement_id)
    if submitted and verdict is Verdict.CLEAR and doubtful:
        verdict = Verdict.REVIEW
    found = verdict is not Verdict.CLEAR
    # What is on the market stays there until a person has looked, whatever the machine finds.
    advance(
        screening,
        ScreeningCommand.SEND_TO_REVIEW
        if found and not submitted
        else _COMMAND_OF_VERDICT[verdict],
    )
    await uow.session.flush()
    uow.record(
        "screening.concluded",
        screening.id,
        verdict=judgement.verdict.value,
        occasion=screening.occasion.value,
        policy=CURRENT.uri,
        evidence_sha256=screening.evidence_sha256,
    )
    if not submitted:
        return
    await catalog.mark_screened(uow, track_id=screening.track_id, verdict=verdict)
    if verdict is Verdict.CLEAR:
        await countersign(uow, house=house, screening=screening, verdict=ScreeningVerdict.CLEAR)


async def _fail(uow: UnitOfWork, screening: Screening, slug: str, detail: str) -> None:
    advance(screening, ScreeningCommand.FAIL)
    screening.problem = {"slug": slug, "detail": detail}
    screening.finished_at = uow.now
    uow.record("screening.failed", screening.id, problem=slug)
    if screening.occasion is Occasion.SUBMISSION:
        await catalog.mark_refused(uow, track_id=screening.track_id, reason=slug)


def _stall(uow: UnitOfWork, screening: Screening, result: Unready) -> None:
    advance(screening, ScreeningCommand.STALL)
    screening.problem = {"slug": result.slug, "detail": result.detail}
    wait = min(RETRY_AFTER * 2 ** min(screening.attempt - 1, 16), RETRY_AT_MOST)
    screening.retry_at = uow.now + wait
    uow.record("screening.stalled", screening.id, problem=result.slug)


async def _enqueue(uow: UnitOfWork, screening: Screening) -> None:
    await uow.enqueue(RUN, f"{screening.id}:{screening.attempt}", screening.id)


async def _locked(uow: UnitOfWork, screening_id: str) -> Screening:
    screening = await uow.session.get(Screening, screening_id, with_for_update=True)
    if screening is None:
        raise NotFound("There is no screening with this id.")
    return screening


def advance(screening: Screening, command: ScreeningCommand) -> None:
    """Move the screening; those who looked at it before have to look again.

    Raises:
        IllegalTransition
    """
    screening.state = SCREENING.advance(screening.state, command)
    screening.version += 1
