"""The stepper's screen: order, goods, money and chain side by side, in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, Input, RichLog, Static

from entrepot.cli.answers import Narrator
from entrepot.cli.happenings import kind_of, time_of
from entrepot.devnet.cases.altering import CannotSet
from entrepot.devnet.cases.case import CaseError, Happening
from entrepot.devnet.cases.commands import NotUnderstood, run
from entrepot.devnet.cases.expressions import ExpressionError
from entrepot.devnet.cases.stepper import NoSuchPlace, Stepper
from entrepot.devnet.cases.timeline import Level, Place, call_at, event_at
from entrepot.views.words import EVENTS, flow_of_kind

LANES = ("order", "goods", "money", "chain")
FIGURES = ("outstanding", "escrow", "reserve", "limit")


class Screen(App[None]):
    """Keys move at once; `g`, `d` and whatever else needs words go through the line below."""

    CSS = """
    #title { height: 1; background: $primary; color: $text; padding: 0 1; }
    #lanes { height: 2fr; }
    .lane { width: 1fr; border: round $surface-lighten-2; padding: 0 1; overflow: hidden; }
    .lane Static { text-wrap: nowrap; text-overflow: ellipsis; }
    .lane { border-title-color: $text-accent; }
    #scrubber { height: 1; padding: 0 1; color: $accent; }
    #state { height: 1; padding: 0 1; color: $text-muted; }
    #log { height: 1fr; border: round $surface-lighten-2; padding: 0 1; }
    #line { border: none; height: 1; padding: 0 1; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "do('n')", "next"),
        Binding("b", "do('b')", "back"),
        Binding("s", "do('s')", "into"),
        Binding("o", "do('o')", "out"),
        Binding("c", "do('c')", "continue"),
        Binding("g", "ask('g ')", "goto"),
        Binding("w", "do('w')", "why"),
        Binding("d", "ask('d ')", "diff"),
        Binding("colon", "ask('')", "command", key_display=":"),
        Binding("question_mark", "do('?')", "help", key_display="?"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, stepper: Stepper, narrator: Narrator) -> None:
        super().__init__()
        self.stepper, self.narrator = stepper, narrator
        self._lane_of = {place.number: self._lane(place) for place in stepper.places}

    def compose(self) -> ComposeResult:
        yield Static(id="title")
        with Horizontal(id="lanes"):
            for lane in LANES:
                with Vertical(classes="lane", id=f"lane-{lane}") as column:
                    column.border_title = self.narrator.words(lane)
                    yield Static(id=lane)
        yield Static(id="scrubber")
        yield Static(id="state")
        yield RichLog(id="log", wrap=True)
        hint = ": on … when … clock +90d at … p …"
        yield Input(id="line", placeholder=hint, select_on_focus=False)
        yield Footer()

    def on_mount(self) -> None:
        self.screen.set_focus(None)
        self._draw()

    def on_resize(self, _: events.Resize) -> None:
        self._draw()

    def action_do(self, line: str) -> None:
        """Carries a command out, and shows what it came to."""
        log = self.query_one("#log", RichLog)
        log.clear()
        try:
            answer = run(self.stepper, line)
        except (NotUnderstood, NoSuchPlace, ExpressionError, CannotSet, CaseError) as error:
            log.write(Text(str(error), style="bold red"))
            return
        for text in self.narrator.answer(answer):
            log.write(Text(text))
        self._draw()

    def action_ask(self, beginning: str) -> None:
        """Lets a command be typed, of which the beginning stands there."""
        line = self.query_one("#line", Input)
        line.value = beginning
        line.cursor_position = len(beginning)
        line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        line, event.input.value = event.value, ""
        self.screen.set_focus(None)
        if line.strip():
            self.action_do(line)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            self.screen.set_focus(None)

    def _draw(self) -> None:
        head, here = self.stepper.case.head, self.stepper.place
        zh = self.narrator.words.lang == "zh"
        title = (head.title_zh if zh else head.title) or head.name
        self.query_one("#title", Static).update(Text(f"{title} · {self.narrator.place(here)}"))
        for lane in LANES:
            self.query_one(f"#{lane}", Static).update(self._column(lane))
        self.query_one("#scrubber", Static).update(self._scrubber())
        self.query_one("#state", Static).update(Text(" · ".join(self._state())))

    def _column(self, lane: str) -> Text:
        """What has happened in a lane, the newest last, as much as there is room for."""
        here = self.stepper.place.number
        box = self.query_one(f"#lane-{lane}", Vertical).size
        passed = [p for p in self.stepper.places[: here + 1] if self._lane_of[p.number] == lane]
        text = Text()
        for place in passed[-max(box.height, 1) :]:
            text.append(self._entry(place) + "\n", "reverse" if place.number == here else "")
        return text

    def _entry(self, place: Place) -> str:
        case = self.stepper.case
        event, call = event_at(case, place), call_at(case, place)
        if event is not None:
            return f"{place.block} {self.narrator.teller.event(event)}"
        if place.level is Level.CALL and call is not None:
            return f"    {call.by}: {call.call}"
        return f"{place.block} {time_of(case.block(place.block).time)}"

    def _scrubber(self) -> Text:
        """Where in the case one is, and where the money went out."""
        last = len(self.stepper.places) - 1
        width = max(self.size.width - 14, 10)
        bar = ["─"] * width
        for place in self.stepper.places:
            event = event_at(self.stepper.case, place)
            if event is not None and event.ledger_event == "Financing.TrancheReleased":
                bar[place.number * (width - 1) // last] = "◆"
        bar[self.stepper.place.number * (width - 1) // last] = "█"
        return Text(f"{''.join(bar)} {self.stepper.place.number}/{last}")

    def _state(self) -> Iterator[str]:
        facts, words = self.stepper.facts(), self.narrator.words
        yield f"{words('Order')} {words.state(str(facts['order'])) or '—'}"
        yield f"{words('Title')} {words.state(str(facts['title'])) or '—'}"
        yield f"{words('Facility')} {words.state(str(facts['facility'])) or '—'}"
        for name in FIGURES:
            yield f"{words(name)} {words.money(int(facts[name]), str(facts['currency']))}"
        if self.stepper.off_record:
            yield f"{words('now')} {time_of(self.stepper.time)}"

    def _lane(self, place: Place) -> str:
        event = event_at(self.stepper.case, place)
        return "chain" if event is None else flow_of(event)


def flow_of(event: Happening) -> str:
    """The lane that an event belongs to."""
    name = (event.ledger_event or "").rpartition(".")[2]
    if name in EVENTS:
        return EVENTS[name][0]
    if kind := kind_of(event):
        return flow_of_kind(kind)
    return "money" if event.type.startswith(("entrepot.facility", "entrepot.deposit")) else "chain"
