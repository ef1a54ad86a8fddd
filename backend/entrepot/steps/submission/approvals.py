"""An officer's signature over exactly what was seen: terms, documents, goods.

Before anything is signed, the backend comes to the same hashes by itself. A difference means that
the papers are not what the terms say: then nothing is signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.financing import Approve
from entrepot.bindings.financings import FinancingTerms, SignOff
from entrepot.bindings.ids import EvidenceId, FinancingId
from entrepot.bindings.roles import Permission
from entrepot.chain import ids, typed_data
from entrepot.chain.typed_data import TypedData
from entrepot.domain.errors import AssetKeysDiffer, BasisChanged, Conflict, NotPermitted
from entrepot.domain.money import Money
from entrepot.kit.abi import Address
from entrepot.kit.clock import from_unix
from entrepot.steps import World
from entrepot.steps.submission import checks, goods, matches, naming, own_key, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.facilities import OnFacility, as_lender, terms_of
from entrepot.steps.submission.intents import Step, in_force, submit
from entrepot.steps.submission.repository import ADDRESS_BYTES
from entrepot.store import people
from entrepot.store.facts import basis_of
from entrepot.store.session import Session
from entrepot.store.tables import Facility

VALID_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(OnFacility):
    """digest, deadline: of the statement that the officer saw; without them, of one made now.

    signature: over the digest, by the officer's own passkey (see chain.passkeys.packed) or wallet
    (65 bytes r, s, v); without one, the key that is kept here signs.
    """

    digest: bytes | None = None
    deadline: int | None = None
    signature: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What an officer signs. deadline: unix seconds of chain time, until which it is taken.

    typed_data: the same for a wallet, whose EIP-712 hash the digest is.
    """

    digest: bytes
    deadline: int
    words: str
    typed_data: dict[str, Any]


def prepare(
    world: World,
    session: Session,
    caller: Caller,
    command: OnFacility,
    *,
    deadline: int | None = None,
) -> Statement:
    """What the caller would sign; nothing is written. Refuses where `approve` would."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    as_lender(session, facility, caller)
    checks.in_state("facility", facility.state, "REQUESTED", "APPROVED")
    terms = terms_of(facility)
    _check_basis(session, facility, terms)
    _check_goods(world, session, facility, terms)
    matches.check(session, facility, caller)
    until = _deadline(session, deadline)
    asked = _to_sign(world, caller, facility, until)
    return Statement(
        digest=asked.digest,
        deadline=until,
        words=statement(session, facility, terms, caller),
        typed_data=asked.document,
    )


def approve(world: World, session: Session, caller: Caller, command: Approval) -> Accepted:
    """Carries the officer's signature over the facility's digest to the chain: made by their own
    passkey or wallet, or here, by the key that is kept for them.

    What was seen is what is signed: another digest than the one on the screen is refused. That a
    passkey's assertion is over the digest is for the caller to have verified, and for the contract.
    """
    prepared = prepare(world, session, caller, command, deadline=command.deadline)
    if command.digest not in (None, prepared.digest):
        raise BasisChanged(
            "what was shown is no longer what would be signed", "look at the facility again"
        )
    signer = checks.sender(session, caller, Permission.DECIDE)
    _check_signs_once(session, command.financing_id, signer)
    facility = checks.seen_facility(session, caller, command.financing_id)
    signed = SignOff(
        signer=signer,
        deadline=prepared.deadline,
        signature=_signature(
            world,
            signer,
            _to_sign(world, caller, facility, prepared.deadline),
            command.signature,
        ),
    )
    call = Approve(terms=terms_of(facility), sign_offs=(signed,))
    step = Step(
        key=_key(command.financing_id, signer),
        call=call,
        target=naming.contract(world, "Financing"),
        sender=signer if command.signature is None else world.keeper,
        varies=True,
    )
    result = {
        "financing_id": naming.hexed(command.financing_id),
        "digest": naming.hexed(prepared.digest),
        "deadline": from_unix(prepared.deadline).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "statement": prepared.words,
    }
    return submit(world, session, caller, "facilities:approve", [step], result)


def stands(session: Session, caller: Caller, command: OnFacility) -> bool:
    """Whether order and documents are what the facility was asked for on; signatures count only
    as long as they are."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    try:
        _check_basis(session, facility, terms_of(facility))
    except BasisChanged:
        return False
    return True


def statement(session: Session, facility: Facility, terms: FinancingTerms, caller: Caller) -> str:
    """What is signed, as one sentence that a person can check against the screen."""
    total = Money(sum(tranche.amount for tranche in terms.tranches), facility.currency)
    share = next(x for x in terms.lenders if x.lender == caller.participant_id)
    order = repository.order_reference(session, facility.order_id)
    return (
        f"{caller.lei} lends {_percent(share.funding_bps)} of {total} in {len(terms.tranches)} "
        f"tranche(s) to {facility.exporter.decode('ascii')} on order "
        f"{order.reference if order else facility.order_id.hex()}, bears "
        f"{_percent(share.loss_bps)} of a loss, at {_percent(terms.interest_bps)} interest a year, "
        f"due {from_unix(terms.matures_at):%Y-%m-%d}, on {len(terms.basis)} document(s)."
    )


def _check_basis(session: Session, facility: Facility, terms: FinancingTerms) -> None:
    """Order and evidence stand as they did when the terms were asked for."""
    if ids.terms_hash(terms) != facility.terms_hash:
        raise AssertionError("the stored terms are not those that the chain has")
    order = repository.order(session, facility.order_id)
    if (order.state, order.version) != ("ACCEPTED", terms.order_version):
        raise BasisChanged(
            "the order was changed after the terms were asked for",
            "the exporter asks again, on the order as it is now",
        )
    found = [
        (EvidenceId(item.evidence_id), EvidenceState[item.state], item.commitment)
        for item in basis_of(session, [facility])[facility.financing_id]
    ]
    if ids.document_root(found) != facility.document_root:
        raise BasisChanged(
            "a document that the terms rest on was withdrawn or replaced",
            "the exporter asks again, on the documents as they are now",
        )


def _check_goods(world: World, session: Session, facility: Facility, terms: FinancingTerms) -> None:
    """The register is asked about the very goods that the papers speak of."""
    order = repository.order(session, facility.order_id)
    found = goods.goods_of(world, session, order, until_block=facility.requested_block)
    if not found.are_named_by(terms.asset_keys, facility.requested_block):
        raise AssetKeysDiffer(
            f"the terms name {len(terms.asset_keys)} asset key(s), the order's own papers give "
            f"{len(found.keys)}, and they are not the same",
            "ask the exporter which papers the facility is for; do not sign",
        )


def _deadline(session: Session, seen: int | None) -> int:
    """A day from the last block; or the one that was seen, if it is still to come."""
    head = repository.head(session)
    if head is None:
        raise Conflict("nothing of the chain has been seen yet", "wait for the first block")
    latest = head.timestamp + int(VALID_FOR.total_seconds())
    if seen is None:
        return latest
    if not head.timestamp < seen <= latest:
        raise Conflict("the statement is too old to be signed", "look at the facility again")
    return seen


def _to_sign(world: World, caller: Caller, facility: Facility, deadline: int) -> TypedData:
    return typed_data.approval(
        world.deployment.chain_id,
        naming.contract(world, "Financing"),
        FinancingId(facility.financing_id),
        facility.terms_hash,
        facility.document_root,
        caller.participant_id,
        deadline,
    )


def _signature(world: World, signer: Address, asked: TypedData, given: bytes | None) -> bytes:
    """The signature that came with the command, or one by the key that is kept here."""
    if given is None:
        if len(signer) != ADDRESS_BYTES:
            raise NotPermitted(
                "you decide with a passkey, which only your own device can sign with",
                "approve in the console",
            )
        return world.signers.signer(signer).sign_typed(asked)
    if len(signer) == ADDRESS_BYTES and own_key.recovered(asked.digest, given) != signer:
        raise Conflict(
            "the signature is not your key's over what was shown",
            "sign what the page shows, with the account of your key",
        )
    return given


def _key(financing_id: FinancingId, signer: bytes) -> str:
    return f"facility:{financing_id.hex()}:approve:{signer.hex()}"


def _check_signs_once(session: Session, financing_id: FinancingId, signer: bytes) -> None:
    """One person is one signature, by whichever of their keys; the ledger knows only keys."""
    others = people.signers_beside(session, signer)
    if people.have_approved(session, financing_id, [ids.key_id(each) for each in others]) or any(
        in_force(session, _key(financing_id, each)) for each in others
    ):
        raise NotPermitted(
            "you have signed this with another key of yours",
            "a second signature is for somebody else to give",
        )


def _percent(bps: int) -> str:
    return f"{bps // 100}.{bps % 100:02} %"
