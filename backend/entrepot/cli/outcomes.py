"""How a command ends when it does not end well: the exit code, and the words."""

import click

FAILED, UNAVAILABLE = 1, 3


class Failed(click.ClickException):
    """It was done, and it came out wrong."""

    exit_code = FAILED


class Unavailable(click.ClickException):
    """Something that must run, or must be free, is not."""

    exit_code = UNAVAILABLE
