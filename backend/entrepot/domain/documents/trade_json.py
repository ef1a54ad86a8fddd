"""What our own JSON documents share: who is party to them, and amounts as decimal strings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Places
from entrepot.domain.documents.values import parse_date, parse_identifier
from entrepot.domain.errors import InvalidMoney, MalformedDocument
from entrepot.domain.identifiers import Lei, parse_lei
from entrepot.domain.money import Money


@dataclass(frozen=True, slots=True)
class TradeParty:
    """A legal entity by its name and LEI."""

    name: str
    lei: Lei


def read_trade_party(node: JsonNode, at: Places, name: str) -> TradeParty:
    """{"name": ..., "lei": ...}, the document's field `name`."""
    at = at.inside(name, node)
    lei = at("lei", node.require("lei"))
    return TradeParty(
        name=at("name", node.require("name")).text(200),
        lei=parse_identifier(parse_lei, lei.text(20), lei),
    )


def read_head(root: JsonNode, document_type: str) -> None:
    """The two members that every document of ours starts with."""
    root.require("documentType").code({document_type})
    root.require("schemaVersion").code({"1"})


def read_money(node: JsonNode, currency: str) -> Money:
    """A decimal string, "616000.00", in `currency`, not below zero."""
    try:
        money = Money.parse(node.text(60), currency)
    except InvalidMoney as error:
        raise MalformedDocument(node.pointer, str(error)) from error
    if money.amount_minor < 0:
        node.fail(f"{money} is less than nothing", "write what is owed as a positive amount")
    return money


def read_date(node: JsonNode) -> date:
    """An ISO 8601 calendar date."""
    return parse_date(node.text(10), node)


def text_or_none(node: JsonNode | None, max_length: int) -> str | None:
    """A string, where there is one."""
    return node.text(max_length) if node is not None else None
