"""Step 4, projections -> met, or what is missing.

Reads the projections at the indexed head; writes a decision for every tranche whose outcome is not
what it was, with all the facts it was made on.
"""
