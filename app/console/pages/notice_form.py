"""The public notice form: what the law asks for, in plain words, without an account."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Template

from app.cases import filing as intake
from app.cases.agent import DesignatedAgent
from app.cases.api import AGENT
from app.cases.intake import Filing
from app.cases.schemas import NewNotice
from app.console.page import ConsoleRequest, Page
from app.core.access import PUBLIC
from app.core.errors import ServiceError, Unprocessable
from app.core.unit_of_work import UnitOfWork
from licensing.notices import ELEMENT_REQUESTS, Completeness, NoticeElement, completeness, missing

_MAX_BODY: Final = 256 * 1024
_NOTHING_MISSING: Final[dict[NoticeElement, str]] = {}
_MEMBER: Final = re.compile(r"at `\$\.(?:contact\.)?(\w+)")
_CORRECTIONS: Final = {
    "works": "Name at most 50 works, each in at most 500 characters.",
    "locations": "Give at most 50 addresses, one per line.",
    "email": "This is no e-mail address; it needs an @ and no spaces.",
    "telephone": "Give one telephone number, of at most 50 characters.",
    "address": "Shorten the postal address to 500 characters.",
}


class FormMistake(Unprocessable):
    """Something that was typed cannot be taken as it is."""

    slug = "form-mistake"
    title = "Please correct one thing"


class NoticeForm(msgspec.Struct, kw_only=True):
    """What the form sends; a box that is not ticked is not sent."""

    works: str = ""
    locations: str = ""
    name: str = ""
    address: str = ""
    telephone: str = ""
    email: str = ""
    good_faith: str = ""
    fair_use: str = ""
    accuracy: str = ""
    authority: str = ""
    signature: str = ""
    incomplete_on_purpose: str = ""

    def filing(self) -> Filing:
        """The notice as the cases room takes it, within the limits of its API.

        Raises:
            FormMistake: says which field to correct.
        """
        contact = {
            name: getattr(self, name).strip() for name in ("name", "address", "telephone", "email")
        }
        sent = {
            "signature": self.signature.strip(),
            "works": _lines(self.works),
            "locations": _lines(self.locations),
            "contact": contact,
            "states_good_faith": bool(self.good_faith),
            "considered_fair_use": bool(self.fair_use),
            "states_accuracy": bool(self.accuracy),
            "states_authority_under_perjury": bool(self.authority),
        }
        try:
            return msgspec.convert(sent, NewNotice).as_filing()
        except msgspec.ValidationError as error:
            member = _MEMBER.search(str(error))
            correction = _CORRECTIONS.get(member[1]) if member else None
            raise FormMistake(correction or "Shorten your name to 200 characters.") from error


class NoticeFormController(Controller):
    """Anybody may report an infringement."""

    path = "/notices/new"
    dependencies = AGENT
    request_max_body_size = _MAX_BODY

    @get(opt=PUBLIC)
    async def ask(self, request: ConsoleRequest, page: NamedDependency[Page]) -> Template:
        """The empty form; ``?listing=`` fills in the address of the listing it was opened from."""
        form = NoticeForm(locations=request.query_params.get("listing", ""))
        return _form(page, form)

    @post(opt=PUBLIC, status_code=200)
    async def file(
        self,
        data: URLEncodedBody[NoticeForm],
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
        agent: NamedDependency[DesignatedAgent],
    ) -> Template:
        """File the notice, or say what is missing and keep what was typed.

        A notice that lacks something, but can be acted upon once it is cured, may be sent as it is:
        the law wants it taken in (17 U.S.C. 512(c)(3)(B)(ii)).
        """
        try:
            filing = data.filing()
            found = completeness(filing.elements)
            curable = found is Completeness.CURABLE
            if found is Completeness.COMPLETE or (curable and data.incomplete_on_purpose):
                filed = await intake.file_notice(uow, agent, filing)
                return page.show(
                    "notices/filed.html",
                    headers={"Cache-Control": "no-store"},
                    filed=filed,
                    site=agent.public_url,
                )
        except ServiceError as refusal:
            return _form(page, data, refusal=refusal)
        lacking = {element: ELEMENT_REQUESTS[element] for element in missing(filing.elements)}
        return _form(page, data, lacking=lacking, curable=curable)


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


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
