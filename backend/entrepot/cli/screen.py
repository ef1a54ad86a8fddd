"""The stepper's screen: order, goods, money and chain side by side, in a terminal."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, Input, RichLog, Static

from entrepot.cli.answers import Narrator
from entrepot.devnet.cases.altering import CannotSet
from entrepot.devnet.cases.case import CaseError
from entrepot.devnet.cases.commands import NotUnderstood, run
from entrepot.devnet.cases.expressions import ExpressionError
from entrepot.devnet.cases.lanes import LANES, passed, releases
from entrepot.devnet.cases.stepper import NoSuchPlace, Stepper


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
        self.query_one("#state", Static).update(Text(self._state()))

    def _column(self, lane: str) -> Text:
        """What has happened in a lane, the newest last, as much as there is room for."""
        here = self.stepper.place.number
        box = self.query_one(f"#lane-{lane}", Vertical).size
        told = passed(self.stepper.case, self.stepper.places, here, lane)
        text = Text()
        for place in told[-max(box.height, 1) :]:
            style = "reverse" if place.number == here else ""
            text.append(self.narrator.entry(place) + "\n", style)
        return text

    def _scrubber(self) -> Text:
        """Where in the case one is, and where the money went out."""
        last = len(self.stepper.places) - 1
        width = max(self.size.width - 14, 10)
        bar = ["─"] * width
        for number in releases(self.stepper.case, self.stepper.places):
            bar[number * (width - 1) // last] = "◆"
        bar[self.stepper.place.number * (width - 1) // last] = "█"
        return Text(f"{''.join(bar)} {self.stepper.place.number}/{last}")

    def _state(self) -> str:
        return " · ".join(f"{name} {value}" for name, value in self.narrator.standing(self.stepper))
