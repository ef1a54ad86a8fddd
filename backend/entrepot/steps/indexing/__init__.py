"""Step 3, chain -> projections.

Reads the chain from our checkpoint on; writes blocks, logs and every projection. A block that is no
longer on the chain is deleted with all that came from it, and the streams it touched are folded
again.
"""
