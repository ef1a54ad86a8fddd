"""Options that several commands share, and how they print."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

state_option = click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=".entrepot",
    show_default=True,
    help="The folder that the devnet keeps everything in.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print data instead of words.")

lang_option = click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default=lambda: "zh" if os.environ.get("LANG", "").lower().startswith("zh") else "en",
    help="Language of the words; by default that of LANG.",
)


def print_json(value: Any) -> None:
    """Data, as JSON that people can read too."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value)


@contextmanager
def log_into(folder: Path) -> Iterator[None]:
    """This process's own log in `devnet.log` of the folder, beside those of its programs."""
    from entrepot.kit import logs

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "devnet.log").open("a", encoding="utf-8") as stream:
        logs.configure(stream=stream)
        try:
            yield
        finally:
            logging.getLogger().handlers.clear()
