"""What the forms of several pages carry; each part is bounded, whoever sends it."""

from typing import Annotated

from fastapi import Depends, Form, Path

from entrepot.console.calls import Answer

Id = Annotated[str, Path(pattern=r"^0x[0-9a-f]{64}$")]
Csrf = Annotated[str, Form(max_length=100)]
Text = Annotated[str, Form(min_length=1, max_length=500, pattern=r"\S")]
"""A person's own words, and not none."""
Whole = Annotated[int, Form(ge=0, lt=2**63)]
Given = Annotated[str, Form(max_length=20_000)]
"""What an officer's device answered, if one was asked: an assertion is some two thousand."""


def _signed(nonce: Whole = 0, deadline: Whole = 0, answer: Given = "") -> Answer:
    return Answer(nonce=nonce, deadline=deadline, text=answer)


Signed = Annotated[Answer, Depends(_signed)]
"""What comes back with a form that a device was asked about."""
