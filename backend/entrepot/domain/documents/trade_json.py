"""What our own JSON documents share: who is party to them, and amounts as decimal strings."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Places
from entrepot.domain.documents.values import parse_identifier
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
        lei=parse_identifier(parse_lei, lei.text(20), lei.pointer),
    )


def read_money(node: JsonNode, currency: str) -> Money:
    """A decimal string, "616000.00", in `currency`."""
    try:
        return Money.parse(node.text(60), currency)
    except InvalidMoney as error:
        raise MalformedDocument(node.pointer, str(error)) from error
