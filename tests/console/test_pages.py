"""Smoke."""

from similarity.match import MatchKind
from tests.console.conftest import Visit
from tests.console.world import World


async def test_smoke(world: World, visit: Visit) -> None:
    track_id, screening_id = await world.screened(MatchKind.RECORDING, MatchKind.MELODY)
    ada = await visit(world.creator)
    rita = await visit(world.reviewer)
    listed, listing_id = await world.listed()
    for who, path in (
        (ada, "/studio"),
        (ada, f"/studio/tracks/{track_id}"),
        (ada, f"/studio/tracks/{listed}"),
        (rita, "/desk"),
        (rita, f"/desk/screenings/{screening_id}"),
        (ada, "/listings"),
        (ada, f"/listings/{listing_id}"),
        (ada, f"/listings/{listing_id}/preview.mp3"),
    ):
        answer = await who.get(path)
        print(path, answer.status_code, len(answer.content))
        assert answer.status_code == 200, answer.text
