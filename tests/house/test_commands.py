"""Rules of the command line: every command explains itself and can speak in data."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from entrepot.cli import COMMANDS, main


def leaves(command: click.Command, path: list[str]) -> Iterator[tuple[list[str], click.Command]]:
    """A command, or all that a group holds, each with the words that call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for word in command.list_commands(context):
        below = command.get_command(context, word)
        assert below is not None, f"{word} is listed but not there"
        yield from leaves(below, [*path, word])


def speaks_data(command: click.Command) -> bool:
    """Whether the command takes `--json`."""
    return any("--json" in option.opts for option in command.params)


def test_command_without_json_is_found() -> None:
    @click.command
    @click.option("--js")
    def mute(js: str) -> None:
        click.echo(js)

    assert not speaks_data(mute)


@pytest.mark.parametrize("word", COMMANDS)
def test_every_command_has_json_and_help(word: str) -> None:
    context = click.Context(main)
    command = main.get_command(context, word)
    assert command is not None
    for words, leaf in leaves(command, [word]):
        assert speaks_data(leaf), f"{' '.join(words)} has no --json"
        answer = CliRunner().invoke(main, [*words, "--help"])
        assert answer.exit_code == 0, answer.output
        assert leaf.help, f"{' '.join(words)} does not say what it does"
        assert "--json" in answer.output


def test_unknown_command_when_called_is_a_usage_error() -> None:
    answer = CliRunner().invoke(main, ["no-such-command"])
    assert answer.exit_code == 2
    assert "no-such-command" in answer.output
