"""Read models: what may be seen of the ledger, in plain values ready for JSON.

Every function takes a session and `caller`, the participant that asks, or None for the system
itself. What the caller may not see is not there: None for one thing, an empty tuple for many (P7);
`store.visibility` is the one place that decides. Ids and hashes leave as 0x-hex, participants by
LEI and name, amounts as decimal strings with their currency, times as RFC 3339 in UTC.
"""
