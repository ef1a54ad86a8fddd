"""Faults by the words in which one asks for them, and what each brings about.

The order of the first ones is part of every seed's history: a new one goes to the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.devnet.simulator.faults import Fault


@dataclass(frozen=True, slots=True)
class Kind:
    """steps: what can be a step of its own, with how often; faults: what can go wrong in a tick."""

    steps: tuple[tuple[str, int], ...] = ()
    faults: tuple[Fault, ...] = ()


ALWAYS = (("tick", 50), ("mine", 24), ("ask", 16))
"""What happens in any history."""

USUAL = {
    "fork": Kind((("fork", 4),), (Fault.FORKED,)),
    "nonce-stuck": Kind((("evict", 2), ("hold", 1))),
    "chain-halted": Kind((("halt", 1),)),
    "clock": Kind((("drift", 1), ("jump", 1))),
    "restart": Kind((("restart", 1),)),
    "node-silent": Kind(faults=(Fault.AWAY, Fault.SILENT)),
    "node-behind": Kind(faults=(Fault.LAGGING, Fault.GROWN)),
    "crash": Kind(
        faults=(Fault.DIES_ASKING, Fault.DIES_ASKED, Fault.DIES_BEFORE, Fault.DIES_AFTER)
    ),
    "second-worker": Kind(faults=(Fault.TURN,)),
    "events-lost": Kind(faults=(Fault.MISSING, Fault.FOREIGN, Fault.REMOVED)),
    "commit-refused": Kind(faults=(Fault.CONFLICT, Fault.UNSURE)),
}
"""Those of which a history is made when one asks for nothing in particular."""

KINDS = USUAL | {
    "subscription-dropped": Kind((("deafen", 2),)),
    "node-down": Kind((("down", 2),)),
    "events-twice": Kind(faults=(Fault.DOUBLED,)),
    "events-reordered": Kind(faults=(Fault.REORDERED,)),
    "customs-late": Kind((("late", 2),)),
    "customs-retracted": Kind((("retract", 2),)),
    "receipt-lost": Kind(faults=(Fault.UNRECEIPTED,)),
    "signer-timeout": Kind(faults=(Fault.UNSIGNED,)),
    "crash-signed": Kind(faults=(Fault.DIES_SIGNED,)),
    "crash-sent": Kind(faults=(Fault.DIES_SENT,)),
    "crash-mined": Kind(faults=(Fault.DIES_MINED,)),
    "database-slow": Kind(faults=(Fault.SLOW,)),
    "disk-full": Kind(faults=(Fault.FULL,)),
}

_PLACES = {fault: place for place, fault in enumerate(Fault.in_turn())}


def steps(names: Iterable[str]) -> dict[str, int]:
    """What can be a step with these kinds of faults, and how often."""
    chosen = set(names)
    return dict(ALWAYS) | {
        step: weight for name in KINDS if name in chosen for step, weight in KINDS[name].steps
    }


def faults(names: Iterable[str]) -> tuple[Fault, ...]:
    """What can go wrong in a tick with these kinds of faults."""
    found = {fault for name in names for fault in KINDS[name].faults}
    return tuple(sorted(found, key=_PLACES.__getitem__))
