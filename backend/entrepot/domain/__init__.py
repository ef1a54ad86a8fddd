"""The business of trade finance, pure: no database, no chain, no clock of its own."""
