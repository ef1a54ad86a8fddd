"""PostgreSQL: tables, the unit of work, the outbox, the vault of documents."""
