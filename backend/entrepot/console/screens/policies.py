"""What the bank decided beforehand, and how it changes: by two persons, from a date."""

from dataclasses import dataclass
from typing import Any

from entrepot.chain.ids import key_id
from entrepot.console.listing import Column, Kind, Listing
from entrepot.console.means import means_of
from entrepot.console.screen import Asked, Looking, Screen, Values
from entrepot.console.screens.missing import not_here
from entrepot.store import proposals as kept
from entrepot.store.session import Session
from entrepot.store.tenancy import beyond
from entrepot.views import exposure, offers, proposals
from entrepot.views.offers import OfferView
from entrepot.views.policy_words import FIELDS, GROUPS, POLICIES
from entrepot.views.proposals import KINDS, MONEY, PolicyChangeView, PolicyProposalView
from entrepot.views.values import Amount, rfc3339

OFFERS_MAX = 500
LENDING = {"BANK", "FINTECH"}

COLUMNS = (
    Column(
        name="proposal_id",
        title="Change of",
        of=lambda row: row.reference or row.currency,
        to=lambda row: f"/policies/proposals/{row.proposal_id}",
    ),
    Column(name="policy", title="Policy", of=lambda row: POLICIES[row.policy], kind="words"),
    Column(name="state", title="State", of=lambda row: row.state, kind="state"),
    Column(name="effective_at", title="Holds from", of=lambda row: row.effective_at, kind="moment"),
    Column(name="proposed_by", title="Proposed by", of=lambda row: row.proposed_by),
    Column(name="decided_by", title="Decided by", of=lambda row: row.decided_by),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field of a policy, as it was and as it is to be. group, number: of what there are several;
    label: English. values are shown by their kind."""

    group: str
    number: int
    label: str
    kind: Kind
    before: Any
    after: Any


class Saying(Asked):
    """said: what the officer has just done, after which the page says what became of it."""

    said: str = ""


def gather(looking: Looking) -> Values:
    """Bands, offers and limits of the officer's own bank, the caps of every corridor, and what is
    to change or has changed."""
    session, caller = looking.session, looking.officer.participant_id
    changed = proposals.list_proposals(
        session, caller, limit=looking.rows, after=looking.asked.after
    )
    return {
        "bands": exposure.approval_bands(session, caller),
        "offers": own_offers(session, caller),
        "limits": exposure.limits(session, caller),
        "caps": exposure.sandbox(session, caller),
        "lends": bool(LENDING & set(looking.officer.holder.roles)),
        "listing": Listing(columns=COLUMNS, rows=changed.items, next=changed.next),
    }


def own_offers(session: Session, caller: bytes) -> list[OfferView]:
    """The newest version of each that the caller publishes and has not withdrawn, by reference."""
    newest: dict[str, OfferView] = {}
    after = None
    while True:
        page = offers.list_offers(session, caller, limit=OFFERS_MAX, after=after)
        newest |= {one.offer_id: one for one in page.items}
        if (after := page.next) is None:
            break
    own = caller.decode("ascii")
    standing = (one for one in newest.values() if one.bank.lei == own and not one.withdrawn_at)
    return sorted(standing, key=lambda one: one.reference)


def gather_one(looking: Looking) -> Values:
    """One proposal: the old beside the new, who proposed it, who had the last word, since when."""
    session, officer = looking.session, looking.officer
    found = proposals.get_proposal(session, officer.participant_id, looking.place["proposal"])
    if found is None:
        raise not_here()
    return {
        "title": found.reference or found.currency,
        "proposal": found,
        "policies": POLICIES,
        "groups": GROUPS,
        "differences": [_difference(change) for change in found.changes],
        "later": (found.effective_at or "") > (rfc3339(looking.now) or ""),
        "is_own": _is_own(looking, found),
        "means": means_of(looking.world, officer),
        "refusal": None,
    }


def _difference(change: PolicyChangeView) -> Difference:
    *place, name = change.field.split(".")
    kind = _kind(name)
    return Difference(
        group=place[0] if place else "",
        number=int(place[1]) if place else 0,
        label=FIELDS[name],
        kind=kind,
        before=_value(kind, change.before),
        after=_value(kind, change.after),
    )


def _kind(name: str) -> Kind:
    if name in MONEY:
        return "money"
    if name in ("title_pledged", "recourse"):
        return "words"
    if name.endswith("_bps"):
        return "percent"
    if name in KINDS:
        return "kinds"
    return "moment" if name == "valid_until" else "text"


def _value(kind: Kind, text: str | None) -> Any:
    if text is None:
        return None
    if kind == "money":
        currency, _, number = text.partition(" ")
        return Amount(number, currency)
    if kind == "kinds":
        return text.split(", ")
    return int(text) if kind == "percent" else text


def _is_own(looking: Looking, found: PolicyProposalView) -> bool:
    """Whether the officer proposed it, by whichever of their keys."""
    with beyond(looking.session):
        row = kept.find(looking.session, looking.officer.participant_id, found.proposal_id)
    return row is not None and key_id(row.proposed_signer) in looking.officer.key_ids


SCREEN = Screen(
    name="policies",
    path="/policies",
    title="Policies",
    key="o",
    columns=COLUMNS,
    gather=gather,
    pulse=kept.pulse,
)
ONE = Screen(
    name="proposal",
    path="/policies/proposals/{proposal}",
    title="Change of a policy",
    within="policies",
    asked=Saying,
    gather=gather_one,
    pulse=kept.pulse,
)
