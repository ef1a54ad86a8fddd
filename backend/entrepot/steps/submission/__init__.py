"""Step 1: a request becomes documents, an operation and rows of the outbox, in one transaction.

Reads projections and documents. Writes document, order_reference, profile, operation, outbox and
the vault.

Every verb is `verb(world, session, caller, command) -> Accepted` in the module of its resource. It
refuses what cannot succeed (domain.errors), so that a mistake is answered at the door; whether it
does succeed is decided by the contracts alone. It never ends the transaction: who called it does.
Said twice, it has its effect once: the key of every intent names the effect (P6).
"""
