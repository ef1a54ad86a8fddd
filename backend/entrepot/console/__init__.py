"""The console: what a bank's officers see and sign, rendered on the server."""

from entrepot.console.app import create_console

__all__ = ["create_console"]
