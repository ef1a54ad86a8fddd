"""What the simulated contracts remember: one flat table that can be taken back."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

_NOTHING = object()


class State:
    """Every change is noted, so that a fork or a refused call undoes exactly what it did."""

    def __init__(self) -> None:
        self._values: dict[Hashable, Any] = {}
        self._undo: list[tuple[Hashable, Any]] = []

    def get(self, key: Hashable, default: Any = None) -> Any:
        return self._values.get(key, default)

    def put(self, key: Hashable, value: Any) -> None:
        self._undo.append((key, self._values.get(key, _NOTHING)))
        self._values[key] = value

    def add(self, key: Hashable, amount: int) -> None:
        self.put(key, self.get(key, 0) + amount)

    def mark(self) -> int:
        """The moment now, to come back to."""
        return len(self._undo)

    def back_to(self, mark: int) -> list[tuple[Hashable, Any]]:
        """Undoes all since the mark; answers what was undone, newest first."""
        undone: list[tuple[Hashable, Any]] = []
        while len(self._undo) > mark:
            key, before = self._undo.pop()
            undone.append((key, self._values.get(key, _NOTHING)))
            self._set(key, before)
        return undone

    @contextmanager
    def scratch(self, mark: int | None = None) -> Iterator[None]:
        """The state as it is, or was at the mark; whatever is done to it inside is forgotten."""
        undone = [] if mark is None else self.back_to(mark)
        began = self.mark()
        try:
            yield
        finally:
            self.back_to(began)
            for key, value in reversed(undone):
                self._undo.append((key, self._values.get(key, _NOTHING)))
                self._set(key, value)

    def _set(self, key: Hashable, value: Any) -> None:
        if value is _NOTHING:
            self._values.pop(key, None)
        else:
            self._values[key] = value
