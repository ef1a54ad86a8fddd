"""The cast of a simulation: members, contracts, deals, and the bytes that stand for a signature."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from entrepot.bindings.evidence import Fact
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import DayCount, FinancingTerms, LenderShare, Product, Tranche
from entrepot.bindings.ids import AssetKey, FinancingId, OrderId, ParticipantId
from entrepot.chain import ids
from entrepot.chain.deployment import Deployment, Token
from entrepot.chain.errors import KeyUnknown
from entrepot.chain.signer import Fees, LocalSigner, PrivateKey, Signed, Transaction
from entrepot.chain.typed_data import TypedData
from entrepot.kit.abi import Address

CHAIN_ID = 1337
START = 1_793_600_000
FOREVER = 2**40 - 1
CURRENCY = "USD"
PLENTY = 10**18
DAY_S = 86_400
GAS = 100_000


def digest(*parts: object) -> bytes:
    """32 bytes that stand for these words, and for no others."""
    return sha256(repr(parts).encode()).digest()


def address(name: str) -> Address:
    return Address(digest("address", name)[:20])


def participant(name: str) -> ParticipantId:
    return ParticipantId(f"SIM{name.upper()}".ljust(20, "0").encode())


EXPORTER, IMPORTER, BANK = participant("exporter"), participant("importer"), participant("bank")
CARRIER, CUSTOMS, SURVEYOR = participant("carrier"), participant("customs"), participant("surveyor")
MEMBERS = (EXPORTER, IMPORTER, BANK, CARRIER, CUSTOMS, SURVEYOR)
NOBODY = ParticipantId(bytes(20))

KEEPER, TREASURY, NETWORK = address("keeper"), address("treasury"), address("network")
DESKS = {address(member.decode()): member for member in MEMBERS}
"""Whose key it is."""
SURVEYOR_DESK = address(SURVEYOR.decode())
OURS = (KEEPER, TREASURY, *(desk for desk in DESKS if DESKS[desk] != SURVEYOR))
"""The accounts that our backend sends from. The surveyor has a node of its own."""

KINDS = {
    EXPORTER: (EvidenceKind.INVOICE, EvidenceKind.PACKING_LIST),
    CARRIER: (EvidenceKind.LOADED, EvidenceKind.SHIPPED_ON_BOARD),
    CUSTOMS: (EvidenceKind.EXPORT_RELEASED, EvidenceKind.CUSTOMS_HOLD),
    SURVEYOR: (EvidenceKind.LOADED,),
}
"""Whom every order names, and for what."""

CONTRACTS = (
    "AccessManager",
    "Participants",
    "TradeOrders",
    "Evidence",
    "Titles",
    "Encumbrances",
    "Financing",
)
AT = {name: address(name) for name in CONTRACTS}
TOKEN = address("token")
GROUND = address("the ground")
"""Where calls go that stand for what others do on the network: founding, and opening a deal."""


def deployment(genesis_hash: bytes) -> Deployment:
    return Deployment(
        chain_id=CHAIN_ID,
        genesis_hash=genesis_hash,
        first_block=1,
        contracts=AT,
        libraries={},
        governor=address("governor"),
        guardian=address("guardian"),
        delay_s=1,
        tokens=(Token(issuer=BANK, currency=CURRENCY, decimals=2, address=TOKEN),),
    )


def kind_set(*kinds: EvidenceKind) -> KindSet:
    return KindSet(sum(1 << kind for kind in kinds))


@dataclass(frozen=True, slots=True)
class Deal:
    """One order with its facility; `seed` gives all that is peculiar to it."""

    seed: int
    opened_at: int

    @property
    def order_id(self) -> OrderId:
        return ids.order_id(CHAIN_ID, AT["TradeOrders"], EXPORTER, digest("order", self.seed))

    @property
    def terms(self) -> FinancingTerms:
        late = 3 + self.seed % 5
        needs = (
            (kind_set(EvidenceKind.INVOICE), KindSet(0)),
            (kind_set(EvidenceKind.INVOICE, EvidenceKind.EXPORT_RELEASED), KindSet(0)),
            (kind_set(EvidenceKind.SHIPPED_ON_BOARD), kind_set(EvidenceKind.LOADED)),
        )[: 1 + self.seed % 3]
        return FinancingTerms(
            order_id=self.order_id,
            order_version=1,
            natural_key=digest("facility", self.seed),
            product=Product.ORDER_FINANCE,
            token=TOKEN,
            asset_keys=(AssetKey(digest("goods", self.seed)),),
            basis=(),
            lenders=(LenderShare(lender=BANK, funding_bps=10_000, loss_bps=10_000),),
            tranches=tuple(
                Tranche(
                    amount=1_000 * (i + 1) + self.seed % 97,
                    required=once,
                    required_twice=twice,
                    blocking=KindSet(0),
                    title_pledged=False,
                    not_before=self.opened_at + 5 * i,
                    expires_at=self.opened_at + late * DAY_S,
                )
                for i, (once, twice) in enumerate(needs)
            ),
            interest_bps=0,
            penalty_bps=0,
            fee_bps=0,
            reserve_bps=500,
            platform=NOBODY,
            platform_share_bps=0,
            day_count=DayCount.ACT_360,
            matures_at=self.opened_at + late * DAY_S,
            grace_days=0,
            default_days=30,
            recourse=False,
        )


def financing_id(terms: FinancingTerms) -> FinancingId:
    return ids.financing_id(CHAIN_ID, AT["Financing"], terms.order_id, terms.natural_key)


def fact(kind: EvidenceKind, number: int, occurred_at: int) -> Fact:
    return Fact(
        kind=kind,
        source_key=digest("source", number),
        commitment=digest("commitment", number),
        occurred_at=occurred_at,
        supersedes=bytes(32),
    )


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed transaction, read."""

    sender: Address
    nonce: int
    to: bytes
    data: bytes
    price_wei: int


class SimulatedSigner:
    """A Signer with real keys, whose signatures are remembered: so the chain knows whose they are
    without reckoning it."""

    def __init__(self, signer: LocalSigner, keys: "Keys", name: Address) -> None:
        self._signer, self._keys, self.address = signer, keys, name

    def sign_transaction(self, transaction: Transaction) -> Signed:
        signed = self._signer.sign_transaction(transaction)
        fees, to = transaction.fees, bytes(transaction.to or b"")
        self._keys.read[signed.hash] = Envelope(
            self.address, transaction.nonce, to, transaction.data, fees.price_wei
        )
        return signed

    def sign_typed(self, typed: TypedData) -> bytes:
        return self._signer.sign_typed(typed)


class Keys:
    """Stands for the keystore: everybody's keys, of which the backend is given ours alone.

    read: every transaction that was ever signed, by its hash.
    """

    def __init__(self) -> None:
        self.read: dict[bytes, Envelope] = {}

    def addresses(self) -> list[Address]:
        return list(OURS)

    def signer(self, address: Address) -> SimulatedSigner:
        if address not in (*OURS, NETWORK, SURVEYOR_DESK):
            raise KeyUnknown(address)
        return SimulatedSigner(_key(address), self, address)

    def foreign(self, sender: Address, nonce: int, to: bytes, data: bytes) -> bytes:
        """The signed bytes of a transaction that others send."""
        transaction = Transaction(
            chain_id=CHAIN_ID,
            nonce=nonce,
            to=Address(to),
            data=data,
            gas=GAS,
            fees=Fees(price_wei=0),
        )
        return self.signer(sender).sign_transaction(transaction).raw


@cache
def _key(name: Address) -> LocalSigner:
    return LocalSigner(PrivateKey(digest("key", name)))
