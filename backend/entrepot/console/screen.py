"""A screen: a page that is read, kept up to date by itself, and given as a file where it is a list.

Every screen is declared once, and its routes made of that: the page itself, the stream that brings
what changed, and `?as=csv` and `?as=pdf` of the same address, filters and all.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field

from entrepot.console import accesses
from entrepot.console.frame import framed
from entrepot.console.listing import Column, Listing, written
from entrepot.console.live import STREAM, Glance, follow
from entrepot.console.printing import printed
from entrepot.console.rendering import reader_of
from entrepot.console.sessions import LoginNeeded, NoPermission, Officer
from entrepot.console.showing import Reader
from entrepot.console.state import Console, TheConsole, TheOfficer
from entrepot.steps import World
from entrepot.store.session import Session
from entrepot.views import chain
from entrepot.views.chain import AsOf
from entrepot.views.paging import Asked as Part

Values = dict[str, Any]
PAGE_ROWS = 50
FILE_ROWS = 500
"""At a time, until a file has them all."""
PRINTED_ROWS_MAX = 2_000
LIVE = ("head", "waiting", "stale")
"""Pieces that every page has, beside its own content."""


class Asked(BaseModel):
    """What an address asks of a screen. What a screen does not know is passed over, so that an old
    link still opens."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: Annotated[str, Field(max_length=100)] = ""
    after: Annotated[str | None, Field(max_length=200)] = None

    def other(self, **changes: Any) -> dict[str, Any]:
        """The query of the same screen asked a little otherwise, from its first page on."""
        return _told(self.model_dump(exclude_defaults=True, exclude={"after"}) | changes)

    def same(self, **more: Any) -> dict[str, Any]:
        """The query of this very page."""
        return _told(self.model_dump(exclude_defaults=True) | more)


def _told(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value not in (None, "")}


class TooLong(Exception):
    """A list has more rows than anybody reads on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Who looks, at what, through which moment of the database. now: the chain's, unix seconds.
    rows: how many of a list at a time."""

    world: World
    session: Session
    officer: Officer
    asked: Any
    place: dict[str, str]
    now: int
    rows: int = PAGE_ROWS

    @property
    def part(self) -> Part:
        """Which part of the list is asked for."""
        return Part(limit=self.rows, after=self.asked.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """name: of its template, `screens/NAME.html`. path: from the console's root. title: English.

    key: the letter after `g` that leads there; None for what is reached from another screen, and
    then `within` names that one. gather: what the template is given; `listing` among it makes
    files. Raises HTTPException 404 for what the officer may not see, ValueError when asked wrongly.
    columns: those of its lists, whose titles are translated. open_to: who may open it at all.
    pulse: a word that changes when the page may though nothing has come of the chain.
    """

    name: str
    path: str
    title: str
    gather: Callable[[Looking], Values]
    key: str | None = None
    within: str | None = None
    asked: type[Asked] = Asked
    columns: tuple[Column, ...] = ()
    open_to: Callable[[Officer], bool] = lambda _: True
    pulse: Callable[[Session, bytes], str] = lambda *_: ""


def routes_of(screen: Screen) -> APIRouter:
    """The page, and the stream of its changes."""
    router = APIRouter()
    asked_type = screen.asked

    def page(
        request: Request,
        console: TheConsole,
        officer: TheOfficer,
        asked: Annotated[asked_type, Query()],  # type: ignore[valid-type] (a value)
        form: Annotated[Literal["csv", "pdf"] | None, Query(alias="as")] = None,
    ) -> Response:
        told: accesses.Told = set()
        with accesses.opened(console.world, officer) as session:

            def values(asked: Any, rows: int) -> Values:
                return _values(console, session, officer, screen, asked, request, told, rows)

            gathered = values(asked, PAGE_ROWS) if form is None else _whole(values, asked, form)
        if form is not None:
            return _file(request, screen, gathered, form)
        return console.renderer.page(request, "screen.html", **gathered)

    async def events(
        request: Request,
        console: TheConsole,
        officer: TheOfficer,
        asked: Annotated[asked_type, Query()],  # type: ignore[valid-type] (a value)
    ) -> AsyncIterable[ServerSentEvent]:
        async for event in _changes(request, console, officer, screen, asked):
            yield event

    router.add_api_route(screen.path, page, name=screen.name)
    router.add_api_route(
        screen.path.rstrip("/") + STREAM, events, response_class=EventSourceResponse
    )
    return router


def shown_again(
    request: Request,
    console: Console,
    officer: Officer,
    screen: Screen,
    status: int,
    **more: Any,
) -> Response:
    """The screen as an answer to one of its forms, of whose address it is."""
    with accesses.opened(console.world, officer) as session:
        values = _values(console, session, officer, screen, screen.asked(), request, set())
    return console.renderer.page(request, "screen.html", status=status, **values | more)


def _values(
    console: Console,
    session: Session,
    officer: Officer,
    screen: Screen,
    asked: Any,
    request: Request,
    told: accesses.Told,
    rows: int = PAGE_ROWS,
) -> Values:
    if not screen.open_to(officer):
        raise NoPermission
    looking = Looking(
        world=console.world,
        session=session,
        officer=officer,
        asked=asked,
        place=dict(request.path_params),
        now=chain.now(session),
        rows=rows,
    )
    try:
        gathered = screen.gather(looking)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    accesses.note(console.world, session, request, officer, gathered, known=told)
    path = screen.path.format(**request.path_params)
    own = {"screen": screen, "path": path, "asked": asked, "title": None, "listing": None}
    return own | framed(console, session, officer) | gathered


async def _changes(
    request: Request, console: Console, officer: Officer, screen: Screen, asked: Any
) -> AsyncIterator[ServerSentEvent]:
    told: accesses.Told = set()

    def look(known: str) -> Glance | None:
        try:
            console.sessions.officer(request, is_person=False)
            with accesses.opened(console.world, officer) as session:
                own = screen.pulse(session, officer.participant_id)
                pulse = f"{chain.pulse(session)} {console.ahead.blocks(session)} {own}"
                if pulse == known:
                    return Glance(pulse, {})
                values = _values(console, session, officer, screen, asked, request, told)
        except (LoginNeeded, HTTPException, NoPermission):
            return None  # they are out, or a fork took away what the page shows, or the role
        part = console.renderer.part
        pieces = {name: part(request, f"pieces/{name}.html", values) for name in LIVE}
        return Glance(pulse, pieces | {"content": part(request, "content.html", values)})

    async for event in follow(look):
        yield event


def _whole(values: Callable[[Any, int], Values], asked: Any, form: str) -> Values:
    """What the page is given, its list with all rows that there are, as of one moment.

    values: of an address, so many rows at a time. Raises TooLong for more than paper is for.
    """
    found = values(asked, FILE_ROWS)
    listing: Listing | None = found["listing"]
    if listing is None:
        return found
    rows, after = list(listing.rows), listing.next
    while after is not None:
        if form == "pdf" and len(rows) >= PRINTED_ROWS_MAX:
            raise TooLong
        part: Listing = values(asked.model_copy(update={"after": after}), FILE_ROWS)["listing"]
        rows += part.rows
        after = part.next
    return found | {"listing": replace(listing, rows=rows, next=None)}


def _file(request: Request, screen: Screen, values: Values, form: str) -> Response:
    """The list as it stands on the page. Raises HTTPException 404 for what is no list."""
    listing: Listing | None = values["listing"]
    if listing is None:
        raise HTTPException(404, "this page is no list")
    if form == "csv":
        body, kind = written(listing).encode(), "text/csv; charset=utf-8"
    else:
        reader = reader_of(request, values["as_of"])
        body, kind = printed(listing, *_headings(screen, values, reader), reader), "application/pdf"
    name = f'attachment; filename="entrepot-{screen.name}.{form}"'
    return Response(body, media_type=kind, headers={"Content-Disposition": name})


def _headings(screen: Screen, values: Values, reader: Reader) -> tuple[str, str]:
    """What stands above the printed list: its title, and for whom it is and as of when."""
    as_of: AsOf | None = values["as_of"]
    officer: Officer = values["officer"]
    basis = [reader.name(officer.holder.participant)]
    if as_of is not None:
        basis += [f"#{reader.count(as_of.block)}", reader.moment(as_of.timestamp)]
    return reader.words(screen.title), " · ".join(basis)
