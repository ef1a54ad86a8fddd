"""Step 5, met -> outbox, once.

Reads the latest decision of each waiting tranche; writes a release request to the outbox. The
contract decides again by itself: asking too early or twice pays nothing.
"""
