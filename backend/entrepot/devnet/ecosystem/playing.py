"""Plays a planned year: people act on the contracts day by day, and the engine does the rest."""

import heapq
from collections.abc import Callable, Iterator
from itertools import count

from entrepot.bindings import evidence, financing
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.roles import Role
from entrepot.chain.codec import encode_call
from entrepot.chain.errors import CallReverted
from entrepot.devnet import cast
from entrepot.devnet.by_hand import Act, signer
from entrepot.devnet.ecosystem import deeds as said
from entrepot.devnet.ecosystem.deeds import Deeds, exporter, importer, key
from entrepot.devnet.ecosystem.hands import Hands
from entrepot.devnet.ecosystem.tally import Tally
from entrepot.devnet.ecosystem.year import Plan, Size, plans
from entrepot.kit.abi import Address

OPENS_S = 8 * 3_600
PLENTY_MINOR = 10**17
ANCHORS = {
    "bank": Role.BANK,
    "fintech": Role.FINTECH,
    "carrier": Role.CARRIER,
    "export_customs": Role.CUSTOMS,
    "import_customs": Role.CUSTOMS,
    "regulator": Role.REGULATOR,
}
PARTS = (cast.DESK, cast.TREASURY, *cast.OFFICERS)
DESK = {alias: f"{alias}.{cast.DESK}" for alias in ANCHORS}
_K = EvidenceKind


def _owner(firm: str) -> str:
    """The one person of a firm: whose key submits, attests, decides and holds the money."""
    return f"{firm}.{cast.TREASURY}"


class Year:
    """One year on its ground. due: what happens on which day, the nearest first."""

    def __init__(self, size: Size, hands: Hands, deeds: Deeds) -> None:
        self.size, self.hands, self.deeds = size, hands, deeds
        self.tally: Tally = hands.tally
        self.day = 0
        self._due: list[tuple[int, int, str, Plan]] = []
        self._number = count()
        self._terms: dict[int, FinancingTerms] = {}
        self._sailing: set[int] = set()

    def found(self) -> None:
        """Members, money and limits."""
        at = self.hands.world.deployment
        firms = [(f"ex-{n:08}", Role.EXPORTER, b"CN") for n in range(self.size.exporters)]
        firms += [(f"im-{n:08}", Role.IMPORTER, b"NL") for n in range(self.size.importers)]
        anchors = [(alias, role, b"CN") for alias, role in ANCHORS.items()]
        self.hands.govern(
            at["Participants"], [self.deeds.admission(*one) for one in (*anchors, *firms)]
        )
        self.hands.act(
            [
                (f"{alias}.{cast.ADMIN}", at["Participants"], self.deeds.grant(f"{alias}.{part}"))
                for alias, parts in (
                    *((alias, PARTS) for alias, _, _ in anchors),
                    *((alias, (cast.TREASURY,)) for alias, _, _ in firms),
                )
                for part in parts
            ]
        )
        token, allow = at.tokens[0].address, self.deeds.allowance(PLENTY_MINOR)
        acts: list[Act] = [(DESK["regulator"], at["Financing"], self._cap())]
        for lender in said.LENDERS:
            minted = self.deeds.minting(lender, PLENTY_MINOR, f"money of {lender}")
            acts.append((DESK["bank"], token, minted))
            acts.append((f"{lender}.{cast.TREASURY}", token, allow))
            acts += [
                (DESK[lender], at["Financing"], self._limit(alias))
                for alias, role, _ in firms
                if role is Role.EXPORTER
            ]
        acts += [(_owner(alias), token, allow) for alias, role, _ in firms if role is Role.IMPORTER]
        self.hands.act(acts)

    def play(self, tell: Callable[[int, Tally], None]) -> None:
        """All days, one after the other; tell: is told each, and what it has come to."""
        coming = plans(self.size)
        plan = next(coming, None)
        for day in range(self.size.days):
            self.day = day
            while plan is not None and plan.placed_day <= day:
                self._schedule(plan)
                plan = next(coming, None)
            self._play_day()
            tell(day, self.tally)

    def _schedule(self, plan: Plan) -> None:
        self.tally.counts["orders"] += 1
        self.tally.money["ordered"] += plan.amount_minor
        self._plan(plan.placed_day, "place", plan)
        if plan.asks:
            self._plan(plan.placed_day + 1, "request", plan)
            self._plan(plan.placed_day + 2, "decide", plan)

    def _plan(self, day: int, what: str, plan: Plan) -> None:
        heapq.heappush(self._due, (day, next(self._number), what, plan))

    def _play_day(self) -> None:
        today: list[tuple[str, Plan]] = []
        while self._due and self._due[0][0] <= self.day:
            _, _, what, plan = heapq.heappop(self._due)
            today.append((what, plan))
        self.hands.open_day(self.deeds.day(self.day) + OPENS_S)
        acts = [act for what, plan in today for act in getattr(self, "_" + what)(plan)]
        self.hands.act(acts)

    # What becomes of an order, by the words in which it is planned.

    def _place(self, plan: Plan) -> Iterator[Act]:
        place, accept = self.deeds.placing(plan)
        orders = self.hands.world.deployment["TradeOrders"]
        yield _owner(exporter(plan)), orders, place
        yield _owner(importer(plan)), orders, accept

    def _request(self, plan: Plan) -> Iterator[Act]:
        self.tally.counts["asked"] += 1
        yield self._says(_owner(importer(plan)), plan, _K.PURCHASE_ORDER)
        yield _owner(exporter(plan)), self._financing, financing.Request(terms=self._of(plan))

    def _decide(self, plan: Plan) -> Iterator[Act]:
        terms, lender = self._of(plan), said.LENDERS[plan.lender]
        approve = self.deeds.approval(plan, terms)
        why = "lender declines" if plan.declined else self._refused(DESK[lender], approve)
        if why:
            self.tally.stopped[why] += 1
            del self._terms[plan.number]
            yield f"{lender}.{cast.OFFICERS[0]}", self._financing, financing.Decline(terms=terms)
            return
        yield DESK[lender], self._financing, approve
        who = self.deeds.who(lender)
        yield DESK[lender], self._financing, financing.Fund(terms=terms, lender=who)
        self._plan(plan.papers_day, "invoice", plan)
        self._plan(plan.cleared_day, "clear", plan)
        self._plan(plan.departs_day, "depart", plan)
        self._plan(plan.arrives_day, "arrive", plan)
        self._plan(plan.released_day, "release", plan)
        overdue = plan.matures_day + said.GRACE_DAYS + said.DEFAULT_DAYS + 2
        repays = plan.repaid_day is not None
        self._plan(plan.repaid_day or overdue, "repay" if repays else "default", plan)

    def _invoice(self, plan: Plan) -> Iterator[Act]:
        yield self._says(_owner(exporter(plan)), plan, _K.INVOICE)

    def _clear(self, plan: Plan) -> Iterator[Act]:
        yield self._says(DESK["export_customs"], plan, _K.EXPORT_RELEASED)

    def _depart(self, plan: Plan) -> Iterator[Act]:
        at, desk = self.hands.world.deployment["Evidence"], DESK["carrier"]
        if plan.withdrawn:
            self.tally.stopped["clearance withdrawn"] += 1
            yield DESK["export_customs"], at, self.deeds.withdrawing(plan, _K.EXPORT_RELEASED)
        vessel = key(f"voyage {plan.voyage}")
        yield desk, at, evidence.LinkVoyage(order_id=self.deeds.order_id(plan), voyage_key=vessel)
        yield self._says(desk, plan, _K.TRANSPORT_DOCUMENT)
        if plan.voyage not in self._sailing:
            self._sailing.add(plan.voyage)
            yield desk, at, self._voyage(plan, _K.VESSEL_DEPARTED)

    def _arrive(self, plan: Plan) -> Iterator[Act]:
        at = self.hands.world.deployment["Evidence"]
        if plan.held_days:
            self.tally.stopped["customs hold, lifted later"] += 1
            yield self._says(DESK["import_customs"], plan, _K.CUSTOMS_HOLD)
        if plan.voyage in self._sailing:
            self._sailing.remove(plan.voyage)
            yield DESK["carrier"], at, self._voyage(plan, _K.VESSEL_ARRIVED)

    def _release(self, plan: Plan) -> Iterator[Act]:
        desk, at = DESK["import_customs"], self.hands.world.deployment["Evidence"]
        yield self._says(desk, plan, _K.IMPORT_RELEASED)
        if plan.held_days:
            yield desk, at, self.deeds.withdrawing(plan, _K.CUSTOMS_HOLD)

    def _repay(self, plan: Plan) -> Iterator[Act]:
        token = self.hands.world.deployment.tokens[0].address
        minted = self.deeds.minting(importer(plan), plan.amount_minor, f"rail {plan.number}")
        yield DESK["bank"], token, minted
        repay = financing.Repay(
            terms=self._terms.pop(plan.number),
            amount=plan.amount_minor,
            payment_reference=key(f"payment {plan.number}"),
        )
        yield _owner(importer(plan)), self._financing, repay
        self.tally.counts["late"] += (plan.repaid_day or 0) > plan.matures_day

    def _default(self, plan: Plan) -> Iterator[Act]:
        terms, officer = self._terms.pop(plan.number), cast.OFFICERS[0]
        person = f"{said.LENDERS[plan.lender]}.{officer}"
        yield person, self._financing, financing.DeclareDefault(terms=terms)
        yield person, self._financing, financing.WriteOff(terms=terms)

    @property
    def _financing(self) -> Address:
        return self.hands.world.deployment["Financing"]

    def _of(self, plan: Plan) -> FinancingTerms:
        if plan.number not in self._terms:
            self._terms[plan.number] = self.deeds.terms(plan)
        return self._terms[plan.number]

    def _says(self, person: str, plan: Plan, kind: EvidenceKind) -> Act:
        at = self.hands.world.deployment["Evidence"]
        return person, at, self.deeds.saying(plan, kind, self.day)

    def _voyage(self, plan: Plan, kind: EvidenceKind) -> evidence.RecordOnVoyage:
        fact = self.deeds.fact(kind, f"voyage {plan.voyage}", self.day)
        return evidence.RecordOnVoyage(voyage_key=key(f"voyage {plan.voyage}"), fact=fact)

    def _refused(self, person: str, call: financing.Approve) -> str:
        """Why the contract would not take an approval; empty when it would."""
        sender = signer(person).address
        try:
            self.hands.world.node.simulate(sender, self._financing, encode_call(call))
        except CallReverted as error:
            return f"goods given twice ({type(error.revert).__name__})"
        return ""

    def _limit(self, alias: str) -> financing.SetLimit:
        return financing.SetLimit(
            exporter=self.deeds.who(alias), currency=said.CURRENCY, limit=PLENTY_MINOR
        )

    def _cap(self) -> financing.SetSandboxCap:
        return financing.SetSandboxCap(
            corridor=said.CORRIDOR,
            currency=said.CURRENCY,
            cap=PLENTY_MINOR,
            ends_at=self.deeds.day(2_000),
        )
