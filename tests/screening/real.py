"""Jobs of screening as the engine runs them, on real audio."""

from __future__ import annotations

from app.core.actor import Actor
from app.core.runtime import Runtime
from app.core.unit_of_work import UnitOfWorkFactory
from app.provenance.house import HouseKeys
from app.screening import catalogue, growth, service
from app.screening.catalogue_jobs import CatalogueJobs
from app.screening.growth_jobs import GrowthJobs
from app.screening.jobs import ScreeningJobs
from app.screening.models import Screening
from tests.conftest import RecordedJobs
from tests.screening.test_service import JOB


async def screen_track(
    units: UnitOfWorkFactory, runtime: Runtime, house: HouseKeys, creator: Actor, track_id: str
) -> Screening:
    """A submission screened; its job runs twice, as after a crash."""
    async with units.begin(creator) as uow:
        screening_id = (await service.request_screening(uow, track_id=track_id)).id
    jobs = ScreeningJobs(runtime, house)
    await jobs.run(screening_id)
    await jobs.run(screening_id)
    async with units.look(JOB) as uow:
        return await service.screening_for(uow, screening_id)


async def work_off(runtime: Runtime, house: HouseKeys, jobs: RecordedJobs, *names: str) -> int:
    """Run what was enqueued under these names, each job twice, until none is; how many."""
    does = {
        service.RUN.name: ScreeningJobs(runtime, house).run,
        catalogue.FOLLOW.name: CatalogueJobs(runtime).follow,
        growth.SEARCH.name: GrowthJobs(runtime).search,
    }
    done = 0
    while due := [entry for entry in jobs.enqueued if entry[0] in (names or does)]:
        for entry in due:
            jobs.enqueued.remove(entry)
            for _ in range(2):
                await does[entry[0]](*entry[2])
            done += 1
    return done
