"""Step 6, money on the chain -> balanced postings.

Reads the logs of settlement tokens and facilities; writes the journal. A posting hangs on its block
and goes with it in a fork.
"""
