"""HTTP of asking: which manifests belong to a file, a soft binding, or a file elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, QueryParameter

from app.core.access import PUBLIC, SIGNED_IN
from app.core.egress import Egress
from app.core.runtime import Runtime
from app.core.unit_of_work import UnitOfWork
from app.screening.errors import SoundUnusable
from app.screening.soft_binding import references, resolution
from app.screening.soft_binding.resolution import MOST_RESULTS, Match
from app.screening.soft_binding.schemas import MAX_SOUND_BYTES, BindingQuery, Matches, Reference
from app.screening.soft_binding.search import iscc_of_sound, search_sound

_DEFAULT_RESULTS: Final = 10  # C2PA's

Results = Annotated[int, QueryParameter(name="maxResults", ge=1)]
"""No more than ``MOST_RESULTS`` are found, however many are asked for."""

OptionalAlgorithm = Annotated[str | None, QueryParameter(name="alg", max_length=80)]
HintAlgorithm = Annotated[str | None, QueryParameter(name="hintAlg", max_length=80)]
HintValue = Annotated[str | None, QueryParameter(name="hintValue", max_length=4096)]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a file. ``hint``: a value to fall back on, where the caller has one."""

    algorithm: str | None
    hint: bytes | None


def question(
    alg: OptionalAlgorithm = None, hint_alg: HintAlgorithm = None, hint_value: HintValue = None
) -> Question:
    """Litestar dependency.

    Raises:
        AlgorithmUnsupported, BindingMalformed: it names what we do not know.
    """
    if alg is not None:
        resolution.require_known(alg)
    if hint_alg is None or hint_value is None:
        return Question(alg, None)
    resolution.require_known(hint_alg)
    return Question(alg, resolution.decoded(hint_value))


ASKED: Final = {"asked": Provide(question, sync_to_thread=False)}


class ResolutionController(Controller):
    """Finding the manifests of files that lost theirs."""

    path = "/c2pa/matches"
    tags = ["Content Credentials"]

    @get("/byBinding", opt=PUBLIC, operation_id="queryByBinding")
    async def by_binding(
        self,
        uow: NamedDependency[UnitOfWork],
        alg: Annotated[str, QueryParameter(max_length=80)],
        value: Annotated[str, QueryParameter(max_length=4096)],
        max_results: Results = _DEFAULT_RESULTS,
    ) -> Matches:
        """Manifests that a soft binding leads to; its value is base64, percent-encoded."""
        resolution.require_known(alg)
        found = await resolution.by_binding(uow.session, resolution.decoded(value))
        return Matches(matches=found[:max_results])

    @post("/byBinding", opt=PUBLIC, operation_id="queryByLargeBinding", status_code=200)
    async def by_large_binding(
        self,
        data: JSONBody[BindingQuery],
        uow: NamedDependency[UnitOfWork],
        max_results: Results = _DEFAULT_RESULTS,
    ) -> Matches:
        """The same for values that do not fit into an address."""
        resolution.require_known(data.alg)
        found = await resolution.by_binding(uow.session, resolution.decoded(data.value))
        return Matches(matches=found[:max_results])

    @post(
        "/byContent",
        opt=SIGNED_IN,
        operation_id="uploadFile",
        status_code=200,
        dependencies=ASKED,
        request_max_body_size=MAX_SOUND_BYTES,
    )
    async def by_content(
        self,
        request: Request[Any, Any, State],
        asked: NamedDependency[Question],
        max_results: Results = _DEFAULT_RESULTS,
    ) -> Matches:
        """Send audio as the request body; answers with the manifests that belong to its sound.

        Re-encoded, cut, sped up or stripped of its metadata: what counts is the sound. With
        ``alg`` only soft bindings by that algorithm count. The hint is used where nothing else
        leads anywhere.
        """
        found = await _found(request, request.stream(), MAX_SOUND_BYTES, asked)
        return Matches(matches=found[:max_results])

    @post(
        "/byReference",
        opt=SIGNED_IN,
        operation_id="byReference",
        status_code=200,
        dependencies=ASKED,
    )
    async def by_reference(
        self,
        data: JSONBody[Reference],
        request: Request[Any, Any, State],
        asked: NamedDependency[Question],
        max_results: Results = _DEFAULT_RESULTS,
    ) -> Matches:
        """The same for a file elsewhere. Off unless the operator allows it."""
        settings = request.app.state.runtime.settings
        references.require_allowed(settings)
        egress = Egress.build(sandbox=settings.sandbox)
        file = references.referenced(egress, data.reference_url, data.asset_length)
        found = await _found(request, file, data.asset_length, asked)
        return Matches(matches=found[:max_results])


async def _found(
    request: Request[Any, Any, State],
    stream: AsyncIterator[bytes],
    limit: int,
    asked: Question,
) -> list[Match]:
    runtime: Runtime = request.app.state.runtime
    async with (
        runtime.storage.arriving(stream, limit=limit) as arrival,
        arrival.as_file() as path,
    ):
        try:
            if asked.algorithm is None:
                root = runtime.settings.catalogue_path.absolute()
                alike, value = await runtime.pool.run(search_sound, root, path, MOST_RESULTS)
            else:
                alike, value = [], await runtime.pool.run(iscc_of_sound, path)
        except SoundUnusable:
            if asked.hint is None:
                raise
            alike, value = [], ""
    async with request.app.state.units.look(request.user) as uow:
        found = await resolution.by_sound(
            uow.session, [(name, score) for name, score in alike], bytes.fromhex(value)
        )
        if not found and asked.hint is not None:
            found = await resolution.by_binding(uow.session, asked.hint)
    return found
