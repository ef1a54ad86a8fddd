"""A simulator of the engine: the real worker and PostgreSQL, over a chain of our own that fails.

One seed makes one history: what members ask, what the chain does, and which faults come where.
After every step the tables are held against the chain they came from.

    state < stage < founding < contracts < chain < endpoint < faults < checks < simulation < runs
"""
