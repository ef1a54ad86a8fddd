"""Disclosures as they are asked for, and what is said of one that is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.schemas.words import Command
from entrepot.steps.submission.disclosures import ASKED_MAX, Disclose, Statement
from entrepot.store.session import Session
from entrepot.views.values import Amount, Parties, Party, amount, hexed, rfc3339

FieldName = Annotated[str, Field(min_length=1, max_length=200)]


class DiscloseIn(Command):
    """Names of fields; `content.sha256` is the hash of the bytes, and so covers the whole file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"fields": ["number", "totals.payable", "content.sha256"]}],
        }
    )

    fields: Annotated[list[FieldName], Field(min_length=1, max_length=ASKED_MAX)]

    def to_command(self, document_id: bytes) -> Disclose:
        return Disclose(document_id=document_id, fields=tuple(self.fields))


class DisclosureOut(BaseModel):
    """Self-contained: keep it as a file, hand it on, verify it anywhere."""

    class Shown(BaseModel):
        name: str
        value: str
        salt: str
        proof: list[str]

    class Ledger(BaseModel):
        chain_id: int
        genesis_hash: str
        contract: str
        evidence_id: str | None
        kind: str

    format: str
    root: str
    fields: list[Shown]
    ledger: Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNamesView:
    """The document's own fields, under the names of its profile."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SayingView:
    """code: stable. about: the field or the kind of fact meant, or nothing."""

    code: str
    about: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedView:
    """A fact of the ledger with this commitment: who attested it, and whether it still stands."""

    evidence_id: str
    kind: str
    state: str
    attester: Party
    occurred_at: str | None
    recorded_at: str | None
    recorded_block: int
    withdrawn_block: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsView:
    """The register's answer about the goods, and no more: status, and what is free to lend on."""

    status: str
    available: Amount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationView:
    """What can be said. integrity: INTACT or ALTERED against the commitment, or UNKNOWN.

    fields: what was shown and is proven. attested: by whom; goods: null where nothing is known.
    """

    integrity: str
    findings: tuple[SayingView, ...]
    fields: dict[str, str]
    attested: tuple[AttestedView, ...]
    goods: GoodsView | None


def verification_view(session: Session, said: Statement) -> VerificationView:
    """As it is told outside."""
    parties = Parties(session, [fact.attester for fact in said.facts])
    return VerificationView(
        integrity=said.checked.integrity,
        findings=tuple(
            SayingView(code=each.code, about=each.about, text=each.text()) for each in said.findings
        ),
        fields=said.checked.fields,
        attested=tuple(
            AttestedView(
                evidence_id=hexed(fact.evidence_id),
                kind=fact.kind,
                state=fact.state,
                attester=parties[fact.attester],
                occurred_at=rfc3339(fact.occurred_at),
                recorded_at=rfc3339(fact.recorded_at),
                recorded_block=fact.recorded_block,
                withdrawn_block=fact.withdrawn_block,
            )
            for fact in said.facts
        ),
        goods=_goods(said),
    )


def _goods(said: Statement) -> GoodsView | None:
    if said.goods is None:
        return None
    minor = said.goods.available_minor
    return GoodsView(
        status=said.goods.status.name,
        available=None if minor is None else amount(minor, said.goods.currency),
    )
