"""What ``app.main`` adds to serve the console: routes, templates, files, pages for problems."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from app.console.page import page_of
from app.console.pages.case import CaseController
from app.console.pages.desk import DeskController
from app.console.pages.desk_notice import DeskNoticeController
from app.console.pages.desk_screening import DeskScreeningController
from app.console.pages.entrance import EntranceController
from app.console.pages.notice_form import NoticeFormController
from app.console.pages.storefront import StorefrontController, show_rights
from app.console.pages.studio import StudioController
from app.console.resources import gallery_of, house_of, previews_of
from app.core.access import PUBLIC

_STATIC: Final = Path(__file__).parent / "static"


def console_routes() -> list[Router]:
    """The pages, and the files that they load."""
    pages = Router(
        "/",
        route_handlers=[
            EntranceController,
            StudioController,
            DeskController,
            DeskScreeningController,
            DeskNoticeController,
            NoticeFormController,
            CaseController,
            StorefrontController,
            show_rights,
        ],
        dependencies={
            "page": Provide(page_of),
            "gallery": Provide(gallery_of, sync_to_thread=False),
            "previews": Provide(previews_of, sync_to_thread=False),
            "house": Provide(house_of, sync_to_thread=False),
        },
        include_in_schema=False,
    )
    files = create_static_files_router(
        "/static",
        directories=[_STATIC],
        opt=PUBLIC,
        cache_control=CacheControlHeader(public=True, max_age=3600),
    )
    return [pages, files]
