"""Entrepot: trade finance on a permissioned ledger."""

__version__ = "0.1.0"
