"""The public notice form: what the law asks for, in plain words, without an account."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Template

from app.cases import filing as intake
from app.cases.agent import DesignatedAgent
from app.cases.intake import Filing
from app.console.page import ConsoleRequest, Page
from app.core.access import PUBLIC
from app.core.errors import ServiceError
from app.core.unit_of_work import UnitOfWork
from licensing.notices import (
    ELEMENT_REQUESTS,
    Completeness,
    Contact,
    NoticeElement,
    TakedownNotice,
    completeness,
    missing,
)

ShortText = Annotated[str, msgspec.Meta(max_length=200)]
LongText = Annotated[str, msgspec.Meta(max_length=10_000)]

_NOTHING_MISSING: Final[dict[NoticeElement, str]] = {}


class NoticeForm(msgspec.Struct, kw_only=True):
    """What the form sends; a box that is not ticked is not sent."""

    works: LongText = ""
    locations: LongText = ""
    name: ShortText = ""
    address: Annotated[str, msgspec.Meta(max_length=500)] = ""
    telephone: Annotated[str, msgspec.Meta(max_length=50)] = ""
    email: Annotated[str, msgspec.Meta(max_length=320)] = ""
    good_faith: str = ""
    fair_use: str = ""
    accuracy: str = ""
    authority: str = ""
    signature: ShortText = ""
    incomplete_on_purpose: str = ""

    def filing(self) -> Filing:
        """The notice as the cases room takes it."""
        return Filing(
            signature=self.signature.strip(),
            works=_lines(self.works),
            locations=_lines(self.locations),
            contact=Contact(
                name=self.name.strip(),
                address=self.address.strip(),
                telephone=self.telephone.strip(),
                email=self.email.strip(),
            ),
            states_good_faith=bool(self.good_faith),
            considered_fair_use=bool(self.fair_use),
            states_accuracy=bool(self.accuracy),
            states_authority_under_perjury=bool(self.authority),
        )


class NoticeFormController(Controller):
    """Anybody may report an infringement."""

    path = "/notices/new"

    @get(opt=PUBLIC)
    async def ask(self, request: ConsoleRequest, page: NamedDependency[Page]) -> Template:
        """The empty form; ``?listing=`` fills in the address of the listing it was opened from."""
        form = NoticeForm(locations=request.query_params.get("listing", ""))
        return _form(page, form)

    @post(opt=PUBLIC, status_code=200)
    async def file(
        self,
        data: URLEncodedBody[NoticeForm],
        request: ConsoleRequest,
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
    ) -> Template:
        """File the notice, or say what is missing and keep what was typed.

        A notice that lacks something, but can be acted upon once it is cured, may be sent as it is:
        the law wants it taken in (17 U.S.C. 512(c)(3)(B)(ii)).
        """
        filing = data.filing()
        elements = _elements_of(filing)
        found = completeness(elements)
        sendable = found is Completeness.COMPLETE or (
            found is Completeness.CURABLE and bool(data.incomplete_on_purpose)
        )
        if not sendable:
            lacking = {element: ELEMENT_REQUESTS[element] for element in missing(elements)}
            return _form(page, data, lacking=lacking, curable=found is Completeness.CURABLE)
        agent = DesignatedAgent.of(request.app.state.runtime.settings)
        try:
            filed = await intake.file_notice(uow, agent, filing)
        except ServiceError as refusal:
            return _form(page, data, refusal=refusal)
        return page.show(
            "notices/filed.html",
            headers={"Cache-Control": "no-store"},
            filed=filed,
            site=agent.public_url,
        )


def _form(
    page: Page,
    form: NoticeForm,
    *,
    lacking: dict[NoticeElement, str] = _NOTHING_MISSING,
    curable: bool = False,
    refusal: ServiceError | None = None,
) -> Template:
    status = refusal.status if refusal else 422 if lacking else 200
    return page.show(
        "notices/form.html",
        status=status,
        form=form,
        lacking=lacking,
        curable=curable,
        refusal=refusal,
    )


def _elements_of(filing: Filing) -> frozenset[NoticeElement]:
    return TakedownNotice(
        signature=filing.signature,
        works=filing.works,
        material=filing.locations,
        contact=filing.contact,
        states_good_faith=filing.states_good_faith and filing.considered_fair_use,
        states_accuracy_and_authority=(
            filing.states_accuracy and filing.states_authority_under_perjury
        ),
    ).elements


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
