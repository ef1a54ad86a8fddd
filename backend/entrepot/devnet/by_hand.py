"""Many calls straight to the contracts, signed with the cast's keys: for loads that would take
hours through the API. They are as the contracts want them, with approvals over real evidence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from entrepot.bindings import evidence, financing
from entrepot.bindings.evidence_kinds import EvidenceKey, EvidenceKind
from entrepot.bindings.financings import (
    DayCount,
    FinancingTerms,
    LenderShare,
    Product,
    SignOff,
    Tranche,
)
from entrepot.bindings.ids import AssetKey, OrderId, ParticipantId
from entrepot.chain import ids
from entrepot.chain.answers import Receipt
from entrepot.chain.codec import encode_call
from entrepot.chain.deployment import Deployment
from entrepot.chain.sender import FREE
from entrepot.chain.signer import LocalSigner, Signed, Transaction
from entrepot.devnet import cast
from entrepot.kit.abi import Address, Call
from entrepot.steps import World

GAS = 3_000_000

Act = tuple[str, Address, Call]
"""By whom (a person of the cast), to which contract, what."""


@lru_cache(maxsize=100_000)
def signer(person: str) -> LocalSigner:
    """The key of one person, as in the cast of any devnet."""
    return LocalSigner(cast.secret_of(person))


class Pens:
    """Everybody's key with its next nonce; nobody else may use the keys meanwhile."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._nonces: dict[str, int] = {}

    def send(self, acts: Sequence[Act]) -> list[bytes]:
        """The calls without a block for them; answers under which hashes they will be mined."""
        signed = [self._signed(*act) for act in acts]
        self._world.node.send_all([one.raw for one in signed])
        return [one.hash for one in signed]

    def check(self, acts: Sequence[Act], receipts: Sequence[Receipt | None]) -> None:
        """AssertionError, or the contract's own refusal, when one of them was not carried out."""
        for (person, to, call), receipt in zip(acts, receipts, strict=True):
            if receipt is None or not receipt.succeeded:
                self._world.node.simulate(signer(person).address, to, encode_call(call))
                raise AssertionError(f"{call.abi.path} by {person} was not mined or failed")

    def _signed(self, person: str, to: Address, call: Call) -> Signed:
        key = signer(person)
        if person not in self._nonces:
            self._nonces[person] = self._world.node.nonce(key.address)
        nonce = self._nonces[person]
        self._nonces[person] += 1
        return key.sign_transaction(
            Transaction(
                chain_id=self._world.deployment.chain_id,
                nonce=nonce,
                to=to,
                data=encode_call(call),
                gas=GAS,
                fees=FREE,
            )
        )


def order_finance(
    at: Deployment,
    order_id: OrderId,
    *,
    natural_key: bytes,
    goods: bytes,
    bought: EvidenceKey,
    lender: ParticipantId,
    tranches: Sequence[Tranche],
    matures_at: int,
    grace_days: int,
    default_days: int,
) -> FinancingTerms:
    """A facility of one lender on an order. bought: the importer's own word that it bought the
    goods; matures_at: unix seconds."""
    return FinancingTerms(
        order_id=order_id,
        order_version=1,
        natural_key=natural_key,
        product=Product.ORDER_FINANCE,
        token=at.tokens[0].address,
        asset_keys=(AssetKey(goods),),
        basis=(bought,),
        lenders=(LenderShare(lender=lender, funding_bps=10_000, loss_bps=10_000),),
        tranches=tuple(tranches),
        interest_bps=650,
        penalty_bps=300,
        fee_bps=25,
        reserve_bps=500,
        platform=ParticipantId(bytes(20)),
        platform_share_bps=0,
        day_count=DayCount.ACT_360,
        matures_at=matures_at,
        grace_days=grace_days,
        default_days=default_days,
        recourse=True,
    )


def bought_by(importer: ParticipantId, source_key: bytes) -> EvidenceKey:
    """The importer's purchase order as what an approval rests on."""
    return EvidenceKey(attester=importer, kind=EvidenceKind.PURCHASE_ORDER, source_key=source_key)


def approval(
    at: Deployment, terms: FinancingTerms, *, content: bytes, lender: str, deadline: int
) -> financing.Approve:
    """Signed by two officers of the only lender. content: the commitment of what the approval rests
    on; lender: its alias; deadline: unix seconds."""
    basis = terms.basis[0]
    known = ids.evidence_id(
        at.chain_id, at["Evidence"], terms.order_id, basis.attester, basis.kind, basis.source_key
    )
    digest = ids.approval_digest(
        at.chain_id,
        at["Financing"],
        ids.financing_id(at.chain_id, at["Financing"], terms.order_id, terms.natural_key),
        ids.terms_hash(terms),
        ids.document_root([(known, evidence.EvidenceState.RECORDED, content)]),
        terms.lenders[0].lender,
        deadline,
    )
    officers = [signer(f"{lender}.{officer}") for officer in cast.OFFICERS]
    return financing.Approve(
        terms=terms,
        sign_offs=tuple(
            SignOff(signer=one.address, deadline=deadline, signature=one.sign_digest(digest))
            for one in officers
        ),
    )
