"""What pages need besides the database: made at first use, one of each for the application."""

from __future__ import annotations

from litestar.datastructures import State

from app.console.notation.gallery import Gallery
from app.console.page import ConsoleRequest
from app.console.preview import PreviewCache
from app.core.runtime import Runtime
from app.core.settings import Settings
from app.core.storage import ObjectStorage
from app.provenance.house import HouseKeys


def gallery_of(request: ConsoleRequest) -> Gallery:
    """Litestar dependency: the sheet music."""
    state: State = request.app.state
    if "gallery" not in state:
        state.gallery = Gallery(state.runtime.pool)
    gallery: Gallery = state.gallery
    return gallery


def previews_of(request: ConsoleRequest) -> PreviewCache:
    """Litestar dependency: the previews."""
    state: State = request.app.state
    if "previews" not in state:
        runtime: Runtime = state.runtime
        cache = ObjectStorage.connect(Settings(home=runtime.settings.home / "previews"))
        state.previews = PreviewCache(runtime.storage, cache, runtime.pool)
    previews: PreviewCache = state.previews
    return previews


def house_of(request: ConsoleRequest) -> HouseKeys:
    """Litestar dependency: what the house signs with."""
    house: HouseKeys = request.app.state.house
    return house
