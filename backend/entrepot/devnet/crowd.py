"""Many small facilities at once, each with eight tranches: what a load test releases.

Built straight on the contracts, in batches, by the people of the cast: through the API it would
take hours. Everything is as the contracts want it, with real approvals over real evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from entrepot.bindings import evidence, financing, participants, settlement_token, trade_orders
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import (
    FinancingTerms,
    Product,
    Tranche,
)
from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.bindings.roles import Permission, PermissionSet, Role, RoleSet
from entrepot.bindings.trade_orders import Attester, OrderTerms
from entrepot.chain import governance, ids
from entrepot.chain.answers import Block
from entrepot.devnet import cast
from entrepot.devnet.by_hand import Act, Pens, approval, bought_by, order_finance, signer
from entrepot.devnet.ground import Ground
from entrepot.domain.products import minimum_kinds
from entrepot.kit.abi import Address, Call
from entrepot.kit.hashing import sha256
from entrepot.steps import World

TRANCHES = 8
"""The most that a facility may have."""

BATCH = 100
DAY_S = 86_400
LATER_S = 300 * DAY_S
AMOUNT_MINOR = 10_000
PLENTY_MINOR = 10**15
CORRIDOR, CURRENCY = b"VNDE", b"USD"
PAPERS = (
    EvidenceKind.INVOICE,
    EvidenceKind.PACKING_LIST,
    EvidenceKind.CERTIFICATE_OF_ORIGIN,
    EvidenceKind.INSURANCE_CERTIFICATE,
    EvidenceKind.INSPECTION_CERTIFICATE,
    EvidenceKind.LOADED,
    EvidenceKind.SHIPPED_ON_BOARD,
    EvidenceKind.VESSEL_DEPARTED,
)
"""What the exporter may say, one of them for each tranche to wait for."""

ROLES = {
    "exporter": Role.EXPORTER,
    "importer": Role.IMPORTER,
    "bank": Role.BANK,
    "regulator": Role.REGULATOR,
}
EVERYTHING = PermissionSet(sum(1 << permission for permission in Permission))

PARTS = (cast.DESK, cast.TREASURY, *cast.OFFICERS)


@dataclass(slots=True)
class Crowd:
    """The builder; it alone uses the keys of the cast while it builds."""

    ground: Ground
    world: World
    pens: Pens = field(init=False)
    _began: int = 0

    def __post_init__(self) -> None:
        self.pens = Pens(self.world)

    def found(self) -> None:
        """Members, the bank's money, and limits that nobody reaches."""
        at, token = self.world.deployment, self.world.deployment.tokens[0].address
        self._began = self._head().timestamp
        self._govern(at["Participants"], [self._admission(alias) for alias in ROLES])
        self.act(
            [
                (f"{alias}.{cast.ADMIN}", at["Participants"], self._grant(f"{alias}.{part}"))
                for part in PARTS
                for alias in ROLES
            ]
        )
        desk, treasury = f"bank.{cast.DESK}", f"bank.{cast.TREASURY}"
        limit = financing.SetLimit(
            exporter=self.who("exporter"), currency=CURRENCY, limit=PLENTY_MINOR
        )
        minted = settlement_token.Mint(
            to=self.who("bank"), amount=PLENTY_MINOR, rail_reference=_key("money")
        )
        self.act(
            [
                (desk, token, minted),
                (
                    treasury,
                    token,
                    settlement_token.Approve(spender=at["Financing"], value=PLENTY_MINOR),
                ),
                (desk, at["Financing"], limit),
                (f"regulator.{cast.DESK}", at["Financing"], self._cap()),
            ]
        )

    def build(self, count: int, *, waiting: bool) -> list[FinancingTerms]:
        """That many funded facilities; their tranches wait for PAPERS, one each, or for nothing."""
        at = self.world.deployment
        terms = [self._terms(number, waiting=waiting) for number in range(count)]
        orders = [self._order(number) for number in range(count)]
        exporter, importer = f"exporter.{cast.DESK}", f"importer.{cast.DESK}"
        self.act([(exporter, at["TradeOrders"], place) for place, _ in orders])
        self.act([(importer, at["TradeOrders"], accept) for _, accept in orders])
        bought = EvidenceKind.PURCHASE_ORDER
        self.act([(importer, at["Evidence"], self.saying(t.order_id, bought)) for t in terms])
        self.act([(exporter, at["Financing"], financing.Request(terms=t)) for t in terms])
        self.act([(importer, at["Financing"], self._approval(t)) for t in terms])
        lender = self.who("bank")
        self.act(
            [(importer, at["Financing"], financing.Fund(terms=t, lender=lender)) for t in terms]
        )
        return terms

    def saying(self, order_id: OrderId, kind: EvidenceKind) -> evidence.Record:
        """The call by which that is on the record."""
        fact = evidence.Fact(
            kind=kind,
            source_key=_key(kind.name),
            commitment=_key("content"),
            occurred_at=self._head().timestamp,
            supersedes=bytes(32),
        )
        return evidence.Record(order_id=order_id, fact=fact)

    def who(self, alias: str) -> ParticipantId:
        """A member's number."""
        return next(m.participant_id for m in self.ground.members if m.alias == alias)

    def act(self, acts: Sequence[Act]) -> None:
        """All the calls, in this order; AssertionError when one of them was refused."""
        for start in range(0, len(acts), BATCH):
            batch = acts[start : start + BATCH]
            hashes = self.pens.send(batch)
            self.ground.sequencer.mine()
            self.pens.check(batch, self.world.node.receipts(hashes))

    def send(self, acts: Sequence[Act]) -> list[bytes]:
        """The calls without a block for them; answers under which hashes they will be mined."""
        return self.pens.send(acts)

    def _govern(self, to: Address, calls: Sequence[Call]) -> None:
        manager = self.world.deployment["AccessManager"]
        self.act([(cast.GOVERNOR, manager, governance.scheduled(to, call)) for call in calls])
        self.ground.sequencer.advance(2)
        self.act([(cast.GOVERNOR, to, call) for call in calls])

    def _admission(self, alias: str) -> participants.Register:
        return participants.Register(
            participant_id=self.who(alias),
            roles=RoleSet(1 << ROLES[alias]),
            jurisdiction=b"NL",
            kyc_expires_at=self._head().timestamp + 2 * LATER_S,
            group=self.who(alias),
            account=signer(f"{alias}.{cast.TREASURY}").address,
            admin_signer=signer(f"{alias}.{cast.ADMIN}").address,
        )

    def _grant(self, person: str) -> participants.AddKey:
        return participants.AddKey(signer=signer(person).address, permissions=EVERYTHING)

    def _cap(self) -> financing.SetSandboxCap:
        return financing.SetSandboxCap(
            corridor=CORRIDOR,
            currency=CURRENCY,
            cap=PLENTY_MINOR,
            ends_at=self._head().timestamp + 2 * LATER_S,
        )

    def _order(self, number: int) -> tuple[trade_orders.Place, trade_orders.Accept]:
        """How it is placed and accepted."""
        key, terms = _key(f"order {number}"), self._order_terms()
        said = {"importer": (EvidenceKind.PURCHASE_ORDER,), "exporter": PAPERS}
        named = tuple(
            Attester(participant=self.who(alias), kinds=_kinds(*kinds))
            for alias, kinds in said.items()
        )
        digest = ids.order_digest(self._order_id(number), 1, terms, named)
        return (
            trade_orders.Place(natural_key=key, terms=terms, attesters=named),
            trade_orders.Accept(order_id=self._order_id(number), digest=digest),
        )

    def _order_id(self, number: int) -> OrderId:
        at = self.world.deployment
        return ids.order_id(
            at.chain_id, at["TradeOrders"], self.who("exporter"), _key(f"order {number}")
        )

    def _order_terms(self) -> OrderTerms:
        return OrderTerms(
            exporter=self.who("exporter"),
            importer=self.who("importer"),
            currency=CURRENCY,
            amount=2 * TRANCHES * AMOUNT_MINOR,
            origin=CORRIDOR[:2],
            destination=CORRIDOR[2:],
            commitment=_key("commitment"),
            accept_by=self._began + LATER_S,
            ship_by=self._began + LATER_S,
        )

    def _terms(self, number: int, *, waiting: bool) -> FinancingTerms:
        return order_finance(
            self.world.deployment,
            self._order_id(number),
            natural_key=_key(f"facility {number}"),
            goods=_key(f"goods {number}"),
            bought=bought_by(self.who("importer"), _key(EvidenceKind.PURCHASE_ORDER.name)),
            lender=self.who("bank"),
            tranches=[self._tranche(paper if waiting else None) for paper in PAPERS],
            matures_at=self._began + 2 * LATER_S,
            grace_days=5,
            default_days=5,
        )

    def _tranche(self, paper: EvidenceKind | None) -> Tranche:
        extra = KindSet(0) if paper is None else _kinds(paper)
        return Tranche(
            amount=AMOUNT_MINOR,
            required=KindSet(minimum_kinds(Product.ORDER_FINANCE) | extra),
            required_twice=KindSet(0),
            blocking=KindSet(0),
            title_pledged=False,
            not_before=0,
            expires_at=self._began + LATER_S,
        )

    def _approval(self, terms: FinancingTerms) -> financing.Approve:
        return approval(
            self.world.deployment,
            terms,
            content=_key("content"),
            lender="bank",
            deadline=self._began + LATER_S,
        )

    def _head(self) -> Block:
        return self.world.node.block("latest")


def _kinds(*kinds: EvidenceKind) -> KindSet:
    return KindSet(sum(1 << kind for kind in kinds))


def _key(name: str) -> bytes:
    return sha256(name.encode())
