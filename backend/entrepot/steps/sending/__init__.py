"""Step 2, outbox -> chain.

Reads intents; writes their nonce and signed bytes before it first sends them, and what became of
them. Resending the same bytes is always harmless; signing twice never happens.
"""
