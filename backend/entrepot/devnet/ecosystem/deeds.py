"""The calls by which an ecosystem's people do what a plan says."""

from dataclasses import dataclass

from entrepot.bindings import evidence, financing, participants, settlement_token, trade_orders
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import (
    FinancingTerms,
    Tranche,
)
from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.bindings.roles import Permission, PermissionSet, Role, RoleSet
from entrepot.bindings.trade_orders import Attester, OrderTerms
from entrepot.chain import ids
from entrepot.chain.deployment import Deployment
from entrepot.devnet import cast
from entrepot.devnet.by_hand import approval, bought_by, order_finance, signer
from entrepot.devnet.ecosystem.year import Plan
from entrepot.kit.abi import Address
from entrepot.kit.hashing import sha256

DAY_S = 86_400
CORRIDOR, CURRENCY = b"CNNL", b"USD"
LENDERS = ("bank", "fintech")
GRACE_DAYS, DEFAULT_DAYS, LAPSES_DAYS = 5, 30, 20
TRANCHES_BPS = (2_000, 5_000, 1_000)
"""Of the order's amount, as in the straight walk: before shipment, aboard, arrived."""

_K = EvidenceKind
NEEDS = (
    (_K.PURCHASE_ORDER, _K.INVOICE),
    (_K.PURCHASE_ORDER, _K.TRANSPORT_DOCUMENT, _K.VESSEL_DEPARTED, _K.EXPORT_RELEASED),
    (_K.PURCHASE_ORDER, _K.VESSEL_ARRIVED, _K.IMPORT_RELEASED),
)
SAID = {
    "exporter": (_K.INVOICE,),
    "importer": (_K.PURCHASE_ORDER,),
    "carrier": (_K.TRANSPORT_DOCUMENT, _K.VESSEL_DEPARTED, _K.VESSEL_ARRIVED),
    "export_customs": (_K.EXPORT_RELEASED,),
    "import_customs": (_K.IMPORT_RELEASED, _K.CUSTOMS_HOLD),
}
EVERYTHING = PermissionSet(sum(1 << permission for permission in Permission))


def kinds(*some: EvidenceKind) -> KindSet:
    return KindSet(sum(1 << kind for kind in some))


def key(name: str) -> bytes:
    """32 bytes for a name."""
    return sha256(name.encode())


def lei(firm: str) -> ParticipantId:
    """A firm's LEI, of the prefix that no issuer has, with right check digits."""
    stem = f"ENTR00{firm.replace('-', '').upper():0<12}"[:18]
    number = int("".join(str(int(letter, 36)) for letter in stem + "00"))
    return ParticipantId(f"{stem}{98 - number % 97:02}".encode())


def exporter(plan: Plan) -> str:
    return f"ex-{plan.exporter:08}"


def importer(plan: Plan) -> str:
    return f"im-{plan.importer:08}"


@dataclass(frozen=True, slots=True)
class Deeds:
    """members: participants by alias. began: Unix seconds of the year's first day."""

    at: Deployment
    members: dict[str, ParticipantId]
    began: int

    def who(self, alias: str) -> ParticipantId:
        return self.members[alias] if alias in self.members else lei(alias)

    def day(self, number: int) -> int:
        """Unix seconds of a day's beginning."""
        return self.began + number * DAY_S

    def admission(self, alias: str, role: Role, country: bytes) -> participants.Register:
        return participants.Register(
            participant_id=self.who(alias),
            roles=RoleSet(1 << role),
            jurisdiction=country,
            kyc_expires_at=self.day(2_000),
            group=self.who(alias),
            account=signer(f"{alias}.{cast.TREASURY}").address,
            admin_signer=signer(f"{alias}.{cast.ADMIN}").address,
        )

    def grant(self, person: str) -> participants.AddKey:
        return participants.AddKey(signer=signer(person).address, permissions=EVERYTHING)

    def order_id(self, plan: Plan) -> OrderId:
        at = self.at
        owner, reference = self.who(exporter(plan)), key(f"order {plan.number}")
        return ids.order_id(at.chain_id, at["TradeOrders"], owner, reference)

    def placing(self, plan: Plan) -> tuple[trade_orders.Place, trade_orders.Accept]:
        """How an order is placed, and how it is accepted."""
        aliases = {"exporter": exporter(plan), "importer": importer(plan)}
        named = tuple(
            Attester(participant=self.who(aliases.get(role, role)), kinds=kinds(*said))
            for role, said in SAID.items()
        )
        terms = OrderTerms(
            exporter=self.who(exporter(plan)),
            importer=self.who(importer(plan)),
            currency=CURRENCY,
            amount=plan.amount_minor,
            origin=CORRIDOR[:2],
            destination=CORRIDOR[2:],
            commitment=key(f"terms {plan.number}"),
            accept_by=self.day(plan.placed_day + 7),
            ship_by=self.day(plan.departs_day + 30),
        )
        digest = ids.order_digest(self.order_id(plan), 1, terms, named)
        return (
            trade_orders.Place(
                natural_key=key(f"order {plan.number}"), terms=terms, attesters=named
            ),
            trade_orders.Accept(order_id=self.order_id(plan), digest=digest),
        )

    def fact(self, kind: EvidenceKind, source: str, day: int) -> evidence.Fact:
        return evidence.Fact(
            kind=kind,
            source_key=key(f"{kind.name} {source}"),
            commitment=key(f"content of {kind.name} {source}"),
            occurred_at=self.day(day),
            supersedes=bytes(32),
        )

    def saying(self, plan: Plan, kind: EvidenceKind, day: int) -> evidence.Record:
        fact = self.fact(kind, str(plan.number), day)
        return evidence.Record(order_id=self.order_id(plan), fact=fact)

    def withdrawing(self, plan: Plan, kind: EvidenceKind) -> evidence.Withdraw:
        return evidence.Withdraw(
            order_id=self.order_id(plan),
            kind=kind,
            source_key=key(f"{kind.name} {plan.number}"),
            reason=key("reason"),
        )

    def terms(self, plan: Plan) -> FinancingTerms:
        lapses = (plan.papers_day, plan.departs_day, plan.released_day)
        source = key(f"{EvidenceKind.PURCHASE_ORDER.name} {plan.number}")
        return order_finance(
            self.at,
            self.order_id(plan),
            natural_key=key(f"facility {plan.number}"),
            goods=key(f"goods {plan.goods}"),
            bought=bought_by(self.who(importer(plan)), source),
            lender=self.who(LENDERS[plan.lender]),
            tranches=[
                Tranche(
                    amount=plan.amount_minor * bps // 10_000,
                    required=kinds(*needs),
                    required_twice=KindSet(0),
                    blocking=kinds(EvidenceKind.CUSTOMS_HOLD),
                    title_pledged=False,
                    not_before=0,
                    expires_at=self.day(min(due + LAPSES_DAYS, plan.matures_day - 1)),
                )
                for bps, needs, due in zip(TRANCHES_BPS, NEEDS, lapses, strict=True)
            ],
            matures_at=self.day(plan.matures_day),
            grace_days=GRACE_DAYS,
            default_days=DEFAULT_DAYS,
        )

    def approval(self, plan: Plan, terms: FinancingTerms) -> financing.Approve:
        return approval(
            self.at,
            terms,
            content=key(f"content of {EvidenceKind.PURCHASE_ORDER.name} {plan.number}"),
            lender=LENDERS[plan.lender],
            deadline=self.day(plan.placed_day + 30),
        )

    def minting(self, to: str, amount: int, name: str) -> settlement_token.Mint:
        return settlement_token.Mint(to=self.who(to), amount=amount, rail_reference=key(name))

    def allowance(self, amount: int) -> settlement_token.Approve:
        return settlement_token.Approve(spender=Address(self.at["Financing"]), value=amount)
