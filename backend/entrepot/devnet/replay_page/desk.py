"""The cases that can be opened, and the one that is open."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from entrepot.devnet.cases.case import CaseError, read
from entrepot.devnet.cases.stage import open_stage
from entrepot.devnet.cases.stepper import Stepper
from entrepot.devnet.replay_page.shown import Narrates, NarratorOf, Shown, show

SUFFIX = ".jsonl"


class NoSuchCase(LookupError):
    """There is no case of that name here."""


class Desk:
    """One case at a time, on a stage of its own. All that is done to it is done in one thread, one
    thing after another: the stage is that thread's, and two requests never move it at once."""

    def __init__(self, source: Path, narrator_of: NarratorOf) -> None:
        """source: a case, or the folder that cases are chosen from."""
        self._source, self._narrator_of = source, narrator_of
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stage")
        self._held = ExitStack()
        self._stepper: Stepper | None = None
        self._name = ""

    def cases(self) -> list[str]:
        """The names of the cases that are there now."""
        if self._source.is_file():
            return [self._source.stem]
        return sorted(path.stem for path in self._source.glob(f"*{SUFFIX}") if path.is_file())

    def look(self, name: str, lang: str, line: str = "") -> Shown:
        """Opens the case, if it is not, carries the command out, and shows the place. NoSuchCase;
        CaseError when the file is none that can be played here."""
        if name not in self.cases():
            raise NoSuchCase(name)
        return self._thread.submit(self._look, name, lang, line).result()

    def close(self) -> None:
        """Ends the stage."""
        self._thread.submit(self._shut).result()
        self._thread.shutdown()

    def _look(self, name: str, lang: str, line: str) -> Shown:
        stepper = self._opened(name)
        narrator: Narrates = self._narrator_of(stepper.case, lang)
        return show(stepper, narrator, lang, line)

    def _opened(self, name: str) -> Stepper:
        if self._stepper is not None and self._name == name:
            return self._stepper
        self._shut()
        one = self._source.is_file()
        case = read(self._source if one else self._source / f"{name}{SUFFIX}")
        with ExitStack() as held:
            self._stepper = Stepper(case, held.enter_context(open_stage(case)))
            self._name, self._held = name, held.pop_all()
        return self._stepper

    def _shut(self) -> None:
        self._stepper, self._name = None, ""
        self._held.close()


@contextmanager
def open_desk(source: Path, narrator_of: NarratorOf) -> Iterator[Desk]:
    """Raises CaseError when there is neither a case nor a folder; the stage is gone afterwards."""
    if not source.exists():
        raise CaseError(f"{source}: no such file or folder")
    desk = Desk(source, narrator_of)
    try:
        yield desk
    finally:
        desk.close()
