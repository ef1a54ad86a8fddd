"""What is shown while a scenario is played: a living line on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from entrepot.devnet.player import Played
from entrepot.devnet.scenario import Scenario
from entrepot.devnet.stack import Stack

WORDS = {
    "en": {
        "opening": "Starting",
        "founding": "Founding the consortium",
        "ready": "Running",
        "follow": "Follow it in the console, as the bank's first officer:",
    },
    "zh": {
        "opening": "正在启动",
        "founding": "正在成立联盟",
        "ready": "已启动",
        "follow": "可在控制台以银行第一位审批人身份跟随：",
    },
}
FOLLOWER = "bank.officer-1"
STARTED_ZH = {
    "database, chain and contracts": "数据库、链与合约",
    "API and worker": "API 与后台进程",
}


class Quiet:
    """Says nothing: for `--json`."""

    def opening(self, what: str) -> None: ...

    def opened(self, stack: Stack) -> None: ...

    def founded(self, played: Played) -> None: ...

    def told(self, played: Played) -> None: ...


class Lines:
    """Tells one line for each step, as it is done."""

    def __init__(self, scenario: Scenario, lang: str, console: Console) -> None:
        self._total, self._lang, self._console = len(scenario.steps), lang, console
        self._words = WORDS[lang]
        self._founded = 0

    def opening(self, what: str) -> None:
        self._say(f"{self._words['opening']}: {STARTED_ZH[what] if self._lang == 'zh' else what}")

    def opened(self, stack: Stack) -> None:
        self._say(f"{self._words['ready']}: {stack.url}")
        token = stack.tokens.get(FOLLOWER)
        if token:
            self._say(f"{self._words['follow']} {stack.whereabouts.console_url}  {token}")

    def founded(self, played: Played) -> None:
        self._founded = max(self._founded, played.number)
        if self._founded == 1:
            self._say(self._words["founding"])

    def told(self, played: Played) -> None:
        at = f"{played.step.at:%Y-%m-%d %H:%M}" if played.step.at else " " * 16
        words = played.step.say_zh if self._lang == "zh" and played.step.say_zh else played.step.say
        self._say(f"[{played.number:>2}/{self._total}] {at}  {words}")

    def _say(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)


class Living(Lines):
    """The same lines, over a bar that fills."""

    def __init__(self, scenario: Scenario, lang: str, progress: Progress) -> None:
        super().__init__(scenario, lang, progress.console)
        self._progress = progress
        self._task: TaskID = progress.add_task("", total=len(scenario.steps))
        self._began = time.monotonic()

    def founded(self, played: Played) -> None:
        self._progress.update(self._task, description=f"{self._words['founding']} {played.number}")

    def told(self, played: Played) -> None:
        super().told(played)
        took_s = time.monotonic() - self._began
        self._progress.update(self._task, advance=1, description=f"{took_s:.0f} s")


@contextmanager
def audience_for(scenario: Scenario, lang: str, *, quiet: bool) -> Iterator[Quiet | Lines]:
    """The one that suits whoever looks; its lines go to stderr, so that stdout is the statement."""
    console = Console(stderr=True)
    if quiet:
        yield Quiet()
    elif sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            yield Living(scenario, lang, progress)
    else:
        yield Lines(scenario, lang, console)
