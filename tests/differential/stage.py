"""A real chain with the contracts, members with money, and one accepted order: where a history is
played against the model. Time and blocks move only when told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from entrepot.bindings import evidence, financing, participants, settlement_token, trade_orders
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.ids import EvidenceId, OrderId, ParticipantId
from entrepot.bindings.roles import Permission, PermissionSet, Role, RoleSet
from entrepot.bindings.trade_orders import Attester, OrderTerms
from entrepot.chain import governance, ids
from entrepot.chain.codec import encode_call
from entrepot.chain.deploying import deploy
from entrepot.chain.deployment import Deployment, TokenTerms
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.sender import FREE
from entrepot.chain.signer import LocalSigner, Transaction
from entrepot.devnet.anvil import Anvil
from entrepot.devnet.rpc import Connection
from entrepot.domain.surroundings import Fact, Hashing, Member, Order, Surroundings
from entrepot.kit.abi import Address, Call, Event, View
from tests.chain.ledger import FOREVER, participant_id, signer

CHAIN_ID = 1337
GENESIS = 1_793_577_600
"""2026-11-02, midnight."""

DAY_S = 86_400
GAS = 10_000_000
PRICE = 1_000_000_07
"""The order's amount."""

CASH = 10 * PRICE
COMMITMENT = b"\3" * 32
CURRENCY, CORRIDOR = b"USD", b"VNDE"
LENDERS = ("bank", "fund", "house", "loan")
ROLES = {
    "exporter": Role.EXPORTER,
    "importer": Role.IMPORTER,
    "carrier": Role.CARRIER,
    "regulator": Role.REGULATOR,
    "platform": Role.FINTECH,
    **dict.fromkeys(LENDERS, Role.BANK),
}
NAMED = {
    "importer": (EvidenceKind.PURCHASE_ORDER, EvidenceKind.BUYER_ACKNOWLEDGEMENT),
    "exporter": (EvidenceKind.INVOICE, EvidenceKind.INSPECTION_CERTIFICATE),
    "carrier": (
        EvidenceKind.TRANSPORT_DOCUMENT,
        EvidenceKind.SHIPPED_ON_BOARD,
        EvidenceKind.INSPECTION_CERTIFICATE,
        EvidenceKind.CUSTOMS_HOLD,
    ),
}
SAID = (
    ("importer", EvidenceKind.PURCHASE_ORDER),
    ("importer", EvidenceKind.BUYER_ACKNOWLEDGEMENT),
    ("exporter", EvidenceKind.INVOICE),
    ("carrier", EvidenceKind.TRANSPORT_DOCUMENT),
    ("carrier", EvidenceKind.SHIPPED_ON_BOARD),
)
"""What is recorded before a history begins; the first is what approvals rest on."""

EVERYTHING = PermissionSet(sum(1 << permission for permission in Permission))


def who(name: str) -> ParticipantId:
    return participant_id(name)


def officers(lender: str) -> tuple[LocalSigner, LocalSigner]:
    """The two whose signatures make a lender's approval; the first also acts for it."""
    return signer(lender), signer(f"{lender}'s second")


@dataclass(slots=True)
class Stage:
    """nonces: of every key that has sent something; kept here to save questions."""

    node: HttpNode
    line: Connection
    deployment: Deployment
    order_id: OrderId = field(default_factory=lambda: OrderId(bytes(32)))
    now: int = GENESIS
    nonces: dict[Address, int] = field(default_factory=dict[Address, int])

    @property
    def token(self) -> Address:
        return self.deployment.tokens[0].address

    def act(self, by: LocalSigner, to: Address, call: Call, at: int) -> list[Event]:
        """Sends the call, mines it in a block of that time and answers the contracts' events;
        raises CallReverted with the reason when it was refused."""
        sent = self._send(by, to, call)
        self.mine(at)
        receipt = self.node.receipt(sent)
        assert receipt is not None
        if receipt.succeeded:
            ours = set(self.deployment.addresses())
            return [log.event for log in receipt.logs if log.address in ours]
        self.node.simulate(by.address, to, encode_call(call))
        raise AssertionError(f"{call.abi.path} failed when mined, and would not fail now")

    def act_all(self, acts: Sequence[tuple[LocalSigner, Address, Call]]) -> list[list[Event]]:
        """Several calls in one block, none of them refused."""
        sent = [self._send(*act) for act in acts]
        self.mine(self.now + 1)
        receipts = [receipt for receipt in self.node.receipts(sent) if receipt is not None]
        assert [receipt.succeeded for receipt in receipts] == [True] * len(acts)
        ours = set(self.deployment.addresses())
        return [[log.event for log in r.logs if log.address in ours] for r in receipts]

    def govern_all(self, governor: LocalSigner, to: Address, calls: Sequence[Call]) -> None:
        """What only governance may do: announced first, and done once the delay has passed."""
        manager = self.deployment["AccessManager"]
        self.act_all([(governor, manager, governance.scheduled(to, call)) for call in calls])
        self.act_all([(governor, to, call) for call in calls])

    def ask(self, asks: Sequence[tuple[Address, View[Any]]]) -> list[Any]:
        return self.node.call_all(asks)

    def mine(self, at: int) -> None:
        self.line.call("evm_setNextBlockTimestamp", at)
        self.line.call("evm_mine")
        self.now = at

    def _send(self, by: LocalSigner, to: Address, call: Call) -> bytes:
        nonce = self.nonces.get(by.address, 0)
        signed = by.sign_transaction(
            Transaction(
                chain_id=CHAIN_ID, nonce=nonce, to=to, data=encode_call(call), gas=GAS, fees=FREE
            )
        )
        self.line.call("eth_sendRawTransaction", "0x" + signed.raw.hex())
        self.nonces[by.address] = nonce + 1
        return signed.hash

    @contextmanager
    def rewound(self) -> Iterator[None]:
        """Whatever is done inside is undone afterwards, to the hash of the head."""
        head, now, nonces = self.node.block("latest").hash, self.now, dict(self.nonces)
        snapshot = self.line.call("evm_snapshot")
        yield
        assert self.line.call("evm_revert", snapshot) is True
        assert self.node.block("latest").hash == head
        self.now, self.nonces = now, nonces

    def saying(self, kind: EvidenceKind, number: int) -> evidence.Record:
        """The call that records the n-th word on something."""
        fact = evidence.Fact(
            kind=kind,
            source_key=number.to_bytes(32, "big"),
            commitment=COMMITMENT,
            occurred_at=GENESIS,
            supersedes=EvidenceId(bytes(32)),
        )
        return evidence.Record(order_id=self.order_id, fact=fact)

    def fact(self, name: str, kind: EvidenceKind, number: int) -> Fact:
        """What the model knows of it."""
        key = number.to_bytes(32, "big")
        at = self.deployment["Evidence"]
        evidence_id = ids.evidence_id(CHAIN_ID, at, self.order_id, who(name), kind, key)
        return Fact(evidence_id=evidence_id, attester=who(name), kind=kind, commitment=COMMITMENT)

    def surroundings(self) -> Surroundings:
        """What the model is told of this stage as it stands after the founding."""
        financing_at = self.deployment["Financing"]
        members = {
            who(name): Member(
                participant=who(name),
                account=signer(name).address,
                lends=role in (Role.BANK, Role.FINTECH),
            )
            for name, role in ROLES.items()
        }
        return Surroundings(
            hashing=Hashing(
                financing_id=lambda terms: ids.financing_id(
                    CHAIN_ID, financing_at, terms.order_id, terms.natural_key
                ),
                terms_hash=ids.terms_hash,
                document_root=ids.document_root,
            ),
            vault=financing_at,
            order=Order(
                order_id=self.order_id,
                exporter=who("exporter"),
                importer=who("importer"),
                amount=PRICE,
                currency=CURRENCY,
                attesters=tuple((who(name), kinds) for name, kinds in NAMED.items()),
            ),
            members=members,
            facts={
                fact.evidence_id: fact
                for fact in (self.fact(*said, n) for n, said in enumerate(SAID))
            },
            limits=dict.fromkeys((who(name) for name in LENDERS), PRICE),
            sandbox_cap=2 * PRICE,
            sandbox_ends_at=FOREVER,
        )


@contextmanager
def open_stage() -> Iterator[Stage]:
    """A founded stage; it ends with its node."""
    with Anvil(chain_id=CHAIN_ID, genesis_time=GENESIS) as anvil, Connection(anvil.port) as line:
        rpc = Rpc(anvil.url)
        node = HttpNode(rpc)
        dollars = TokenTerms(issuer=who("bank"), currency="USD", decimals=2)
        governor = signer("governor")
        deployment = deploy(
            node,
            signer("deployer"),
            governor=governor.address,
            guardian=signer("guardian").address,
            tokens=[dollars],
            mine=lambda: line.call("evm_mine"),
        )
        stage = Stage(node, line, deployment, now=node.block("latest").timestamp)
        _found(stage, governor)
        _trade(stage)
        evidence_at = deployment["Evidence"]
        stage.act_all(
            [
                (signer(name), evidence_at, stage.saying(kind, number))
                for number, (name, kind) in enumerate(SAID)
            ]
        )
        yield stage
        rpc.close()


def _found(stage: Stage, governor: LocalSigner) -> None:
    at, token = stage.deployment, stage.token
    members = at["Participants"]
    stage.govern_all(governor, members, [_admission(name) for name in ROLES])
    for key in (signer, lambda name: signer(f"{name}'s second")):
        stage.act_all(
            [
                (
                    signer(f"{name}'s administrator"),
                    members,
                    participants.AddKey(signer=key(name).address, permissions=EVERYTHING),
                )
                for name in ROLES
            ]
        )
    unlimited = settlement_token.Approve(spender=at["Financing"], value=2**256 - 1)
    stage.act_all(
        [
            *((signer("bank"), token, _minted(name)) for name in ROLES),
            *((signer(name), token, unlimited) for name in ROLES),
            *((signer(name), at["Financing"], limit_of(PRICE)) for name in LENDERS),
            (signer("regulator"), at["Financing"], sandbox_of(2 * PRICE)),
        ]
    )


def _trade(stage: Stage) -> None:
    """An order, placed and accepted."""
    orders, key = stage.deployment["TradeOrders"], b"\1" * 32
    terms = OrderTerms(
        exporter=who("exporter"),
        importer=who("importer"),
        currency=CURRENCY,
        amount=PRICE,
        origin=CORRIDOR[:2],
        destination=CORRIDOR[2:],
        commitment=b"\2" * 32,
        accept_by=GENESIS + DAY_S,
        ship_by=GENESIS + 90 * DAY_S,
    )
    named = tuple(
        Attester(participant=who(name), kinds=KindSet(sum(1 << kind for kind in kinds)))
        for name, kinds in NAMED.items()
    )
    place = trade_orders.Place(natural_key=key, terms=terms, attesters=named)
    stage.act_all([(signer("exporter"), orders, place)])
    stage.order_id = ids.order_id(CHAIN_ID, orders, who("exporter"), key)
    digest = ids.order_digest(stage.order_id, 1, terms, named)
    accept = trade_orders.Accept(order_id=stage.order_id, digest=digest)
    stage.act_all([(signer("importer"), orders, accept)])


def _admission(name: str) -> participants.Register:
    return participants.Register(
        participant_id=who(name),
        roles=RoleSet(1 << ROLES[name]),
        jurisdiction=b"NL",
        kyc_expires_at=FOREVER,
        group=who(name),
        account=signer(name).address,
        admin_signer=signer(f"{name}'s administrator").address,
    )


def _minted(name: str) -> settlement_token.Mint:
    reference = name.encode().ljust(32, b"\0")
    return settlement_token.Mint(to=who(name), amount=CASH, rail_reference=reference)


def limit_of(amount: int) -> financing.SetLimit:
    return financing.SetLimit(exporter=who("exporter"), currency=CURRENCY, limit=amount)


def sandbox_of(cap: int) -> financing.SetSandboxCap:
    return financing.SetSandboxCap(corridor=CORRIDOR, currency=CURRENCY, cap=cap, ends_at=FOREVER)
