"""What a lender's people and the exporter say to each other about a facility, off the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from entrepot.bindings.ids import FinancingId
from entrepot.domain.errors import Conflict, NotFound, NotPermitted
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import submit
from entrepot.store import notes
from entrepot.store.session import Session
from entrepot.store.tables import Facility, FacilityNote

Kind = Literal["QUESTION", "ANSWER", "DECLINED"]
NOTES_MAX = 100
"""Of one facility: what needs more is for a telephone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteNote:
    """answers: the number of the question that this answers; None for a question."""

    financing_id: FinancingId
    text: str
    answers: int | None = None


def write(world: World, session: Session, caller: Caller, command: WriteNote) -> Accepted:
    """A lender asks the exporter; the exporter answers whoever asked. Nobody else reads it."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    if command.answers is None:
        if repository.lender(session, command.financing_id, caller.participant_id) is None:
            raise NotPermitted(
                "questions are asked by the facility's lenders, and you are none of them",
                "as the exporter, name the question that you answer",
            )
        note = keep(world, session, caller, facility, "QUESTION", command.text)
    else:
        checks.only("exporter", facility.exporter, caller)
        asked = notes.find(session, command.financing_id, command.answers)
        if asked is None or asked.kind != "QUESTION":
            raise NotFound("question")
        note = keep(world, session, caller, facility, "ANSWER", command.text, to=asked)
    result = {"financing_id": naming.hexed(command.financing_id), "number": note.number}
    return submit(world, session, caller, "facilities:note", [], result)


def keep(
    world: World,
    session: Session,
    caller: Caller,
    facility: Facility,
    kind: Kind,
    text: str,
    *,
    to: FacilityNote | None = None,
) -> FacilityNote:
    """Writes it down for the exporter, or for whoever asked what it answers. Conflict when there
    are too many already."""
    repository.lock(session, f"notes:{facility.financing_id.hex()}")
    number = notes.count(session, facility.financing_id) + 1
    if number > NOTES_MAX:
        raise Conflict(f"this facility has {NOTES_MAX} notes already", "speak to each other")
    note = FacilityNote(
        financing_id=facility.financing_id,
        number=number,
        kind=kind,
        author=caller.participant_id,
        recipient=to.author if to else facility.exporter,
        answers=to.number if to else None,
        label=caller.label,
        text=text,
        written_at=world.clock.now(),
    )
    session.add(note)
    return note
