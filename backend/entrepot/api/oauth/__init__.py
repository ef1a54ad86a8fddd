"""How machines get in: OAuth 2 with signed assertions, and short tokens bound to a key.

`keys` sign `access_tokens`; `assertions` say who asks for one, `proofs` (DPoP) and `certificates`
(mutual TLS) who holds it. `addresses` say where all that is valid.
"""
