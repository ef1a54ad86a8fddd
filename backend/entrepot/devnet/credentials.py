"""Everybody's credentials on a devnet: a file each, as a machine of theirs would keep it."""

from pathlib import Path

from entrepot.client import Credentials

FOLDER = "credentials"


def file_of(state: Path, name: str) -> Path:
    """Where the credentials of `exporter` or `bank.officer-1` are."""
    return state / FOLDER / f"{name}.json"


def everybody(state: Path) -> dict[str, Credentials]:
    """The credentials of a devnet that is there, by name."""
    return {file.stem: Credentials.load(file) for file in sorted((state / FOLDER).glob("*.json"))}
