"""A world before the API: real PostgreSQL, the cast of the scenarios, and no chain at all.

Projections are set up as rows, as if the chain had told them; what a request wants of the chain is
read from the outbox. The node is a port that nobody listens on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import SQLModel, select
from starlette.testclient import TestClient

from entrepot.api.app import create_app
from entrepot.bindings.evidence import Fact
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.bindings.roles import Permission, Role
from entrepot.chain import ids
from entrepot.chain.codec import decode_call
from entrepot.chain.deployment import Deployment, Token
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.signer import Keystore
from entrepot.devnet import cast
from entrepot.domain.keys import Keys
from entrepot.kit.abi import Address, Call
from entrepot.kit.clock import ManualClock, to_unix
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.store import tokens
from entrepot.store.session import Store
from entrepot.store.tables import (
    Block,
    EvidenceItem,
    OrderAttester,
    OrderReference,
    Outbox,
    Participant,
    ParticipantKey,
    Profile,
    Title,
    TradeOrder,
    VoyageLink,
)
from entrepot.store.tables import Token as TokenRow
from entrepot.store.vault import Vault

FOLDER = Path(__file__).parents[2] / "hardhat-free-devnet/scenarios"
INPUTS = FOLDER / "inputs/straight-walk"
HOLD_INPUTS = FOLDER / "inputs/customs-hold"
MEMBERS = {member.alias: member for member in cast.load(FOLDER / "parties.toml")}
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEAD = 100
REFERENCE = "PO-2026-1187"
CHAIN_ID = 1337
DIGEST = (
    " UNION ALL ".join(
        f"SELECT '{name}' AS name,"
        f" md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) AS told"
        f' FROM "{name}" AS row'
        for name in SQLModel.metadata.tables
        if name != "request_count"
    )
    + " ORDER BY name"
)
SCOPES = {**cast.SCOPES, "reader": ("read",)}
NAMED = {
    "exporter": ("PURCHASE_ORDER", "INVOICE", "PACKING_LIST", "CERTIFICATE_OF_ORIGIN"),
    "importer": ("PURCHASE_ORDER", "BUYER_ACKNOWLEDGEMENT"),
    "carrier": (
        "TRANSPORT_DOCUMENT",
        "GATED_IN",
        "LOADED",
        "SHIPPED_ON_BOARD",
        "VESSEL_DEPARTED",
        "VESSEL_ARRIVED",
        "DISCHARGED",
        "CARRIER_HOLD",
    ),
    "export_customs": ("EXPORT_ACCEPTED", "EXPORT_RELEASED", "CUSTOMS_HOLD"),
    "import_customs": ("IMPORT_ACCEPTED", "IMPORT_RELEASED", "CUSTOMS_HOLD"),
}


address_of = cache(cast.address_of)


def lei(alias: str) -> str:
    return MEMBERS[alias].lei


def member(alias: str) -> ParticipantId:
    return MEMBERS[alias].participant_id


def contract_at(name: str) -> Address:
    return Address(hashlib.sha256(name.encode()).digest()[:20])


def input_file(name: str, folder: Path = INPUTS) -> dict[str, Any]:
    """A multipart file of the scenarios'."""
    return {"file": (name, (folder / name).read_bytes())}


@dataclass
class Stage:
    world: World
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = TestClient(create_app(self.world), raise_server_exceptions=False)

    # who asks

    def headers(self, actor: str, **more: Any) -> dict[str, Any]:
        return {"Authorization": f"Bearer token-of-{actor}", **more}

    def post(self, actor: str, path: str, **request: Any) -> Any:
        headers = self.headers(actor, **request.pop("headers", {}))
        return self.client.post(path, headers=headers, **request)

    def get(self, actor: str, path: str, **request: Any) -> Any:
        headers = self.headers(actor, **request.pop("headers", {}))
        return self.client.get(path, headers=headers, **request)

    # what came of it

    def outbox(self) -> list[Outbox]:
        with self.world.store.reading() as session:
            return list(session.exec(select(Outbox).order_by(text("id"))))

    def calls(self) -> list[Call]:
        """What the outbox asks of the chain, decoded."""
        return [decode_call(row.verb.partition(".")[0], row.calldata) for row in self.outbox()]

    def call(self) -> Call:
        """The one call asked for."""
        [call] = self.calls()
        return call

    def digest(self) -> dict[str, str]:
        """A hash of every table: two that are equal mean that nothing has changed."""
        with self.world.store.reading() as session:
            rows = session.connection().exec_driver_sql(DIGEST)
            return {row.name: row.told for row in rows}

    def settle(self, state: str = "MINED", block: int = HEAD, **error: Any) -> None:
        """As if the worker had dealt with all that is queued."""
        with self.world.store.transaction() as session:
            for row in session.exec(select(Outbox).where(Outbox.state == "QUEUED")):
                row.state, row.error = state, error
                row.block_number = block if state in ("MINED", "FINAL") else None

    def queued(self) -> list[Any]:
        """The calls that are still to be made."""
        pairs = zip(self.outbox(), self.calls(), strict=True)
        return [call for row, call in pairs if row.state == "QUEUED"]

    def refused(self, answer: Any, status: int, code: str, before: dict[str, str]) -> str:
        """Checks that the answer is this problem and nothing has changed; tells its detail."""
        told = answer.json()
        assert (answer.status_code, told.get("code")) == (status, code), answer.text
        assert self.digest() == before
        return str(told["detail"])

    # what the chain has told

    def insert(self, *rows: SQLModel) -> None:
        with self.world.store.transaction() as session:
            for row in rows:
                session.merge(row)

    def order(self, reference: str = REFERENCE, state: str = "ACCEPTED", **terms: Any) -> bytes:
        """An order between exporter and importer, with everybody named who has a part in it."""
        keys = Keys(self.world.settings.consortium_key.get_secret_value())
        order_id = ids.order_id(
            CHAIN_ID, contract_at("TradeOrders"), member("exporter"), keys.order(reference)
        )
        agreed = {
            "exporter": member("exporter"),
            "importer": member("importer"),
            "currency": "USD",
            "amount_minor": 128_400_000,
            "origin": "CN",
            "destination": "NL",
            "commitment": bytes(31) + b"\1",
            "accept_by": to_unix(NOW),
            "ship_by": to_unix(NOW + timedelta(days=1)),
            **terms,
        }
        self.insert(
            TradeOrder(
                order_id=order_id,
                stream=order_id,
                state=state,
                version=1,
                placed_block=HEAD - 50,
                **agreed,
            ),
            OrderReference(order_id=order_id, reference=reference, details={}),
            *(
                OrderAttester(
                    order_id=order_id,
                    position=position,
                    stream=order_id,
                    participant_id=member(alias),
                    kinds=sum(1 << EvidenceKind[kind] for kind in kinds),
                )
                for position, (alias, kinds) in enumerate(NAMED.items())
            ),
        )
        return order_id

    def name(self, order_id: bytes, alias: str, kinds: tuple[str, ...]) -> None:
        """As if an amendment had named that attester for these kinds instead."""
        with self.world.store.transaction() as session:
            place = (order_id, list(NAMED).index(alias))
            attester = session.get_one(OrderAttester, place)
            attester.kinds = sum(1 << EvidenceKind[kind] for kind in kinds)

    def record(self) -> None:
        """As if every fact in the outbox had been mined and folded."""
        for row, call in zip(self.outbox(), self.calls(), strict=True):
            fact = getattr(call, "fact", None)
            if row.state == "QUEUED" and fact is not None:
                order_id = OrderId(getattr(call, "order_id", b""))
                attester = row.participant_id or b""
                evidence_id = self._evidence_id(order_id, attester, fact, fact.source_key)
                self.insert(
                    EvidenceItem(
                        evidence_id=evidence_id,
                        stream=order_id,
                        on_voyage=False,
                        attester=attester,
                        kind=fact.kind.name,
                        state="RECORDED",
                        source_key=fact.source_key,
                        commitment=fact.commitment,
                        occurred_at=fact.occurred_at,
                        recorded_at=fact.occurred_at,
                        recorded_block=HEAD - 10,
                        supersedes=fact.supersedes,
                    )
                )
                if any(fact.supersedes):
                    self.withdraw(self._evidence_id(order_id, attester, fact, fact.supersedes))
        self.settle()

    def _evidence_id(
        self, order_id: OrderId, attester: bytes, fact: Fact, source_key: bytes
    ) -> bytes:
        place, who = contract_at("Evidence"), ParticipantId(attester)
        return ids.evidence_id(CHAIN_ID, place, order_id, who, fact.kind, source_key)

    def withdraw(self, evidence_id: bytes) -> None:
        with self.world.store.transaction() as session:
            session.get_one(EvidenceItem, evidence_id).state = "WITHDRAWN"

    def aboard(self, order_id: bytes, voyage_id: bytes) -> None:
        link = VoyageLink(
            order_id=order_id, voyage_id=voyage_id, stream=order_id, carrier=member("carrier")
        )
        self.insert(link)

    def title(self, order_id: bytes, **changes: Any) -> bytes:
        """A bill to order of its shipper, in the shipper's hands."""
        title_id = hashlib.sha256(b"title" + order_id).digest()
        values: Mapping[str, Any] = {
            "state": "ISSUED",
            "form": "TO_ORDER",
            "possessor": member("exporter"),
            "endorsee": member("exporter"),
            "surrendered_by": bytes(20),
            "pledgee": bytes(20),
            "pledged_for": bytes(32),
            "surrender_reason": "DELIVERY",
            "commitment": bytes(32),
            **changes,
        }
        row = Title(
            title_id=title_id,
            stream=order_id,
            order_id=order_id,
            may_endorse=True,
            carrier=member("carrier"),
            shipper=member("exporter"),
            replaces=bytes(32),
            replaced_by=bytes(32),
            deliver_to=bytes(20),
            **values,
        )
        self.insert(row)
        return title_id

    def suspend(self, alias: str) -> None:
        with self.world.store.transaction() as session:
            session.get_one(Participant, member(alias)).state = "SUSPENDED"

    # the ground

    def reset(self) -> None:
        """Empty tables, then the members, their keys, their tokens and a head of the chain."""
        tables = reversed(SQLModel.metadata.sorted_tables)
        with self.world.store.transaction() as session:
            # On tables of a few rows, far quicker than TRUNCATE.
            session.execute(text("; ".join(f'DELETE FROM "{table.name}"' for table in tables)))
            session.add_all(_blocks())
            for each in MEMBERS.values():
                session.add_all(_rows(each))
                for part, scopes in SCOPES.items():
                    name = each.alias if part == cast.DESK else f"{each.alias}.{part}"
                    key = None if part == "reader" else address_of(f"{each.alias}.{part}")
                    session.add(_token(name, each.participant_id, key, scopes))
            governor = address_of("governor")
            scopes = ("read", "govern")
            session.add(_token("governor", b"GOVERNANCE0000000000", governor, scopes))


def _token(
    name: str, participant_id: bytes, key: Address | None, scopes: tuple[str, ...]
) -> TokenRow:
    return TokenRow(
        token_sha256=tokens.fingerprint(f"token-of-{name}"),
        participant_id=participant_id,
        label=name,
        key_address=key,
        scopes=list(scopes),
        expires_at=NOW + timedelta(days=1),
    )


def world_on(store: Store, folder: Path) -> World:
    settings = Settings(state_folder=folder, plain_tokens=True)
    signers = Keystore(folder / "keystore", "secret", rounds=1)
    for alias in ("bank", "fintech"):
        for officer in cast.OFFICERS:
            signers.add(cast.secret_of(f"{alias}.{officer}"))
    names = (
        "AccessManager",
        "Participants",
        "TradeOrders",
        "Evidence",
        "Titles",
        "Encumbrances",
        "Financing",
        "ERC7913WebAuthnVerifier",
    )
    return World(
        settings=settings,
        store=store,
        node=HttpNode(Rpc("http://127.0.0.1:1", timeout_s=0.5)),
        signers=signers,
        deployment=Deployment(
            chain_id=CHAIN_ID,
            genesis_hash=bytes(32),
            first_block=1,
            contracts={name: contract_at(name) for name in names},
            libraries={},
            governor=address_of("governor"),
            guardian=address_of("guardian"),
            delay_s=2 * 24 * 60 * 60,
            tokens=(
                Token(
                    issuer=member("bank"),
                    currency="USD",
                    decimals=2,
                    address=contract_at("SettlementToken"),
                ),
            ),
        ),
        keeper=Address(bytes(20)),
        clock=ManualClock(NOW),
        vault=Vault.of(folder / "vault", b"a vault key of thirty-two bytes!"),
    )


def _blocks() -> list[Block]:
    return [
        Block(
            number=number,
            hash=hashlib.sha256(bytes([number])).digest(),
            parent_hash=bytes(32),
            timestamp=to_unix(NOW) - (HEAD - number) * 60,
        )
        for number in (HEAD - 50, HEAD - 10, HEAD)
    ]


def _rows(each: cast.Member) -> list[SQLModel]:
    pid = each.participant_id
    allowed = {**cast.PERMISSIONS, cast.ADMIN: ("ADMIN",)}
    return [
        Participant(
            participant_id=pid,
            stream=pid,
            state="ACTIVE",
            roles=sum(1 << Role[role] for role in each.roles),
            jurisdiction=each.jurisdiction,
            kyc_expires_at=2_000_000_000,
            group_id=pid,
            account=address_of(f"{each.alias}.{cast.TREASURY}"),
        ),
        Profile(participant_id=pid, name=each.name, name_zh=each.name_zh),
        *(
            ParticipantKey(
                key_id=ids.key_id(address_of(f"{each.alias}.{part}")),
                stream=pid,
                participant_id=pid,
                signer=address_of(f"{each.alias}.{part}"),
                permissions=sum(1 << Permission[name] for name in names),
                added_at=1,
            )
            for part, names in allowed.items()
        ),
    ]
