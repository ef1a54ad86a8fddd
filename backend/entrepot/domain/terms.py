"""When a tranche may be released: the rules of `Financing.conditions`, on facts written down.

Everything the rules look at is in `Facts`, everything they answer is in `Outcome`; nothing else is
consulted, so that a stored decision can be made again offline and must come out the same.
"""

from dataclasses import dataclass
from itertools import combinations

from entrepot.bindings.financings import Condition
from entrepot.domain.sharing import portion_up

OPEN_STATES = ("FUNDED", "RELEASED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """One recorded, unwithdrawn fact, by whom, and in which block it came."""

    evidence_id: str
    attester: str
    kind: str
    block: int
    on_voyage: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAttester:
    """Whom the order names, for which kinds. Two of one group are related."""

    participant: str
    group: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleFacts:
    """The bill offered to, or taken by, the facility."""

    title_id: str
    state: str
    form: str
    possessor: str
    endorsee: str
    same_order: bool
    pledgee_is_financing: bool
    deliver_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderFacts:
    """`share_minor` is what this release would add to what the lender has outstanding."""

    lender: str
    active: bool
    limit_minor: int
    used_minor: int
    share_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of one tranche at one block; `at` is the block's time in unix seconds.

    title_linked_elsewhere: the register has the bill among the goods of another consignment.
    under_recourse: the exporter has been called on to answer for a default, and has not yet.
    """

    at: int
    facility_state: str
    held: bool
    released: bool
    lapsed: bool
    amount_minor: int
    not_before: int
    expires_at: int
    required: tuple[str, ...]
    required_twice: tuple[str, ...]
    blocking: tuple[str, ...]
    title_pledged: bool
    order_state: str
    order_version: int
    terms_order_version: int
    importer: str
    exporter_active: bool
    basis_withdrawn: tuple[str, ...]
    attesters: tuple[NamedAttester, ...]
    attestations: tuple[Attestation, ...]
    title: TitleFacts | None
    title_linked_elsewhere: bool
    lenders: tuple[LenderFacts, ...]
    sandbox_cap_minor: int
    sandbox_used_minor: int
    sandbox_ends_at: int
    outstanding_minor: int
    reserve_minor: int
    reserve_bps: int
    reserved_minor: int
    reservation_expires_at: int
    under_recourse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`proofs` maps each required kind that is met to the evidence ids that meet it."""

    met: bool
    unmet: tuple[str, ...]
    missing: tuple[str, ...]
    missing_twice: tuple[str, ...]
    blocking: tuple[str, ...]
    over_limit: tuple[str, ...]
    proofs: dict[str, tuple[str, ...]]


def evaluate(facts: Facts) -> Outcome:
    """Everything that stands between the tranche and its release, not only the first thing."""
    counted = _counted(facts)
    missing = tuple(kind for kind in facts.required if kind not in counted)
    missing_twice = tuple(
        kind for kind in facts.required_twice if not _is_twice(facts, counted.get(kind, ()))
    )
    blocking = tuple(kind for kind in facts.blocking if kind in counted)
    over_limit = tuple(
        lender.lender
        for lender in facts.lenders
        if lender.used_minor + lender.share_minor > lender.limit_minor
    )
    checks = {
        Condition.STATE: facts.facility_state in OPEN_STATES,
        Condition.TRANCHE: not facts.released and not facts.lapsed,
        Condition.DATES: facts.not_before <= facts.at <= facts.expires_at,
        Condition.HOLD: not facts.held,
        Condition.ORDER: facts.order_state == "ACCEPTED",
        Condition.APPROVALS: not facts.basis_withdrawn
        and facts.order_version == facts.terms_order_version,
        Condition.EVIDENCE: not missing,
        Condition.EVIDENCE_TWICE: not missing_twice,
        Condition.BLOCKED: not blocking,
        Condition.TITLE: not facts.title_pledged or _is_title_ready(facts),
        Condition.PARTIES: facts.exporter_active and all(x.active for x in facts.lenders),
        Condition.LIMIT: not over_limit,
        Condition.SANDBOX: facts.at < facts.sandbox_ends_at
        and facts.sandbox_used_minor + facts.amount_minor <= facts.sandbox_cap_minor,
        Condition.RESERVE: facts.reserve_minor
        >= portion_up(facts.outstanding_minor + facts.amount_minor, facts.reserve_bps),
        Condition.ENCUMBRANCE: facts.reserved_minor >= facts.amount_minor
        and facts.at <= facts.reservation_expires_at
        and not (facts.title_pledged and facts.title_linked_elsewhere),
        Condition.RECOURSE: not facts.under_recourse,
    }
    needed = (*facts.required, *facts.required_twice)
    return Outcome(
        met=all(checks.values()),
        unmet=tuple(condition.name for condition, holds in checks.items() if not holds),
        missing=missing,
        missing_twice=missing_twice,
        blocking=blocking,
        over_limit=over_limit,
        proofs={
            kind: tuple(a.evidence_id for a in counted[kind]) for kind in needed if kind in counted
        },
    )


def _counted(facts: Facts) -> dict[str, tuple[Attestation, ...]]:
    """The attestations that count, by kind: only those of an attester named for that kind."""
    named = {(a.participant, kind) for a in facts.attesters for kind in a.kinds}
    counted: dict[str, tuple[Attestation, ...]] = {}
    for attestation in facts.attestations:
        if (attestation.attester, attestation.kind) in named:
            counted[attestation.kind] = (*counted.get(attestation.kind, ()), attestation)
    return counted


def _is_twice(facts: Facts, attestations: tuple[Attestation, ...]) -> bool:
    """Whether two of the attesters belong to different groups."""
    groups = {a.participant: a.group for a in facts.attesters}
    return any(
        groups[one.attester] != groups[other.attester]
        for one, other in combinations(attestations, 2)
    )


def _is_title_ready(facts: Facts) -> bool:
    """Whether the bill is pledged to the facility, or offered by who may pledge it."""
    title = facts.title
    if title is None or not (title.pledgee_is_financing and title.same_order):
        return False
    if title.deliver_to != facts.importer:
        return False
    if title.state == "PLEDGED":
        return True
    bearer = title.form == "BLANK"
    endorsee = title.form == "TO_ORDER" and title.endorsee == title.possessor
    return title.state == "ISSUED" and (bearer or endorsee)
