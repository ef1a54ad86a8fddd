"""What others do on the simulated network: the founding, and all that comes before our part of a
deal."""

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.bindings import encumbrances, financing, participants, settlement_token, trade_orders
from entrepot.bindings.financings import FinancingState, FinancingTerms
from entrepot.bindings.ids import FinancingId, OrderId
from entrepot.bindings.roles import PermissionSet, RoleSet
from entrepot.chain import ids
from entrepot.chain.codec import encode
from entrepot.devnet.simulator import stage
from entrepot.devnet.simulator.stage import AT, BANK, CURRENCY, EXPORTER, FOREVER, IMPORTER, PLENTY
from entrepot.devnet.simulator.state import State
from entrepot.domain.sharing import portion_up
from entrepot.kit.abi import Address, Event, Revert

Emitted = tuple[Address, Event]


class Refused(Exception):
    """A contract says no."""

    def __init__(self, revert: Revert | None) -> None:
        super().__init__(str(revert))
        self.revert = revert

    @property
    def data(self) -> bytes:
        """What a call that is refused so answers."""
        if self.revert is None:
            return b""
        return self.revert.abi.selector + encode(self.revert.abi.fields, self.revert)


@dataclass(frozen=True, slots=True)
class Facility:
    """What the model keeps of one facility; amounts in minor units."""

    terms: FinancingTerms
    state: FinancingState
    outstanding: int = 0
    drawn: int = 0
    escrow: int = 0
    reserve: int = 0
    reserved: int = 0
    released_set: int = 0
    lapsed_set: int = 0


def found() -> list[Emitted]:
    members = AT["Participants"]
    emitted: list[Emitted] = [
        (
            members,
            participants.ParticipantRegistered(
                participant_id=member,
                roles=RoleSet(1),
                jurisdiction=b"NL",
                kyc_expires_at=FOREVER,
                group=member,
                account=stage.TREASURY if member == IMPORTER else stage.address(str(member)),
            ),
        )
        for member in stage.MEMBERS
    ]
    emitted += [
        (
            members,
            participants.KeyAdded(
                participant_id=member,
                key_id=ids.key_id(desk),
                signer=bytes(desk),
                permissions=PermissionSet(7),
            ),
        )
        for desk, member in stage.DESKS.items()
    ]
    corridor, currency = b"NLSG", CURRENCY.encode()
    limit = financing.LimitSet(lender=BANK, exporter=EXPORTER, currency=currency, limit=PLENTY)
    cap = financing.SandboxCapSet(
        corridor=corridor, currency=currency, regulator=BANK, cap=PLENTY, ends_at=FOREVER
    )
    return [*emitted, (AT["Financing"], limit), (AT["Financing"], cap)]


def open_deal(state: State, data: bytes) -> list[Emitted]:
    seed, _, opened_at = data.decode().partition("@")
    deal = stage.Deal(int(seed), int(opened_at))
    terms, order_id = deal.terms, deal.order_id
    financing_id = stage.financing_id(terms)
    if state.get(("facility", financing_id)) is not None:
        raise Refused(financing.AlreadyRequested(financing_id=financing_id))
    total = sum(tranche.amount for tranche in terms.tranches)
    reserve = portion_up(total, terms.reserve_bps)
    state.put(
        ("facility", financing_id),
        Facility(terms, FinancingState.FUNDED, escrow=total, reserve=reserve, reserved=total),
    )
    state.put(("order", order_id), financing_id)
    state.put("open", (*state.get("open", ()), financing_id))
    state.add(("total", "facilities"), 1)
    state.add(("total", "money"), 1)
    return [*_order(order_id), *_request(order_id, financing_id, terms), *_fund(terms, reserve)]


def _order(order_id: OrderId) -> list[Emitted]:
    terms = trade_orders.OrderTerms(
        exporter=EXPORTER,
        importer=IMPORTER,
        currency=CURRENCY.encode(),
        amount=10**9,
        origin=b"NL",
        destination=b"SG",
        commitment=stage.digest("terms", order_id),
        accept_by=FOREVER,
        ship_by=FOREVER,
    )
    named = tuple(
        trade_orders.Attester(participant=member, kinds=stage.kind_set(*kinds))
        for member, kinds in stage.KINDS.items()
    )
    placed = trade_orders.OrderPlaced(
        order_id=order_id, exporter=EXPORTER, importer=IMPORTER, terms=terms, attesters=named
    )
    accepted = trade_orders.OrderAccepted(order_id=order_id, importer=IMPORTER, version=1)
    return [(AT["TradeOrders"], placed), (AT["TradeOrders"], accepted)]


def _request(
    order_id: OrderId, financing_id: FinancingId, terms: FinancingTerms
) -> Iterable[Emitted]:
    both = {"order_id": order_id, "financing_id": financing_id}
    total = sum(tranche.amount for tranche in terms.tranches)
    key = terms.asset_keys[0]
    yield (
        AT["Financing"],
        financing.FinancingRequested(
            **both,
            exporter=EXPORTER,
            terms=terms,
            terms_hash=ids.terms_hash(terms),
            document_root=ids.document_root(()),
        ),
    )
    linked = encumbrances.AssetLinked(**both, family=key, round=0, key=key)
    yield AT["Encumbrances"], linked
    yield (
        AT["Encumbrances"],
        encumbrances.EncumbranceReserved(
            **both,
            family=key,
            currency=CURRENCY.encode(),
            capacity=10**9,
            amount=total,
            expires_at=FOREVER,
        ),
    )
    yield (
        AT["Financing"],
        financing.ApprovalGiven(
            **both,
            lender=BANK,
            key_id=ids.key_id(b"officer"),
            digest=bytes(32),
            given=1,
            needed=1,
        ),
    )
    yield AT["Financing"], financing.FinancingApproved(**both, lender=BANK)


def _fund(terms: FinancingTerms, reserve: int) -> Iterable[Emitted]:
    total = sum(tranche.amount for tranche in terms.tranches)
    both = {"order_id": terms.order_id, "financing_id": stage.financing_id(terms)}
    yield transfer(stage.address("bank"), AT["Financing"], total + reserve)
    funded = financing.LenderFunded(
        **both, lender=BANK, principal=total, true_up=0, reserve=reserve
    )
    yield AT["Financing"], funded
    yield AT["Financing"], financing.FinancingFunded(**both, lender=BANK)


def transfer(from_: Address, to: Address, value: int) -> Emitted:
    return stage.TOKEN, settlement_token.Transfer(from_=from_, to=to, value=value)


def count(state: State, **amounts: int) -> None:
    for name, amount in amounts.items():
        state.add(("total", name), amount)
