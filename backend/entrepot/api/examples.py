"""Examples of what is sent and answered, put together from the schemas and one list of words.

A name means the same wherever it stands, so it has one example; what a schema lists (an enum), or
gives an example of itself, comes first.
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

DEPTH_MAX: Final = 24
_AT, _LATER = "2026-11-12T14:40:00Z", "2027-01-20T00:00:00Z"


def _hash(octet: str) -> str:
    return "0x" + octet * 32


WORDS: Final[Json] = {
    # members and their machines
    "lei": "ENTR00NINGBOHAISHU13",
    "name": "Ningbo Haishu Appliance Co., Ltd.",
    "name_zh": "宁波海曙家电有限公司",
    "jurisdiction": "CN",
    "roles": "EXPORTER",
    "group": _hash("00"),
    "account": "0x" + "ac" * 20,
    "key": "0x" + "c0" * 20,
    "key_id": _hash("c1"),
    "signer": "0x" + "c0" * 20,
    "officer": "officer-1",
    "permissions": "DECIDE",
    "client_id": "client_" + "0f" * 16,
    "label": "ERP of Ningbo",
    "scopes": "read",
    "jwks_uri": "https://erp.example/jwks.json",
    "kid": "2026-11",
    "kty": "EC",
    "thumbprint": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    # orders and papers
    "order_id": _hash("5a"),
    "reference": "PO-2026-1187",
    "order_reference": "PO-2026-1187",
    "state": "ACCEPTED",
    "origin": "CN",
    "destination": "NL",
    "corridor": "CN-NL",
    "participant": "ENTR00BLUEMERIDIAN26",
    "kind": "INVOICE",
    "kinds": "INVOICE",
    "document_id": _hash("d0"),
    "evidence_id": _hash("e0"),
    "ids": _hash("e0"),
    "basis": _hash("e0"),
    "superseded_by": _hash("e1"),
    "supersedes": _hash("00"),
    "commitment": _hash("cc"),
    "digest": _hash("d1"),
    "root": _hash("44"),
    "document_root": _hash("44"),
    "sha256": _hash("f1"),
    "salt": "9f" * 32,
    "proof": _hash("77"),
    "format": "ubl-invoice",
    "value": "NHA-2026-0931",
    "place": "/Invoice/cbc:ID",
    "by": "NUMBER",
    "integrity": "INTACT",
    "condition": "EVIDENCE",
    "cause": "EVIDENCE_WITHDRAWN",
    "required": "TRANSPORT_DOCUMENT",
    "required_twice": "PURCHASE_ORDER",
    "blocking": "CUSTOMS_HOLD",
    # examinations
    "examination_id": _hash("ea"),
    "bank": "ENTR00HARBOURBANK155",
    "presented_on": "2026-11-13",
    "answer_by": "2026-11-20",
    "code": "invoice-amount",
    "about": "INVOICE",
    "rule": "ucp600-18b",
    "article": "UCP 600, 18(b)",
    "severity": "DISCREPANCY",
    "text": "The invoice is for more than the credit allows.",
    "text_zh": "发票金额超过信用证允许的金额。",
    "verdict": "OTHER_GOODS",
    "reason": "Both packing lists were compared",
    # bills of lading
    "title_id": _hash("71"),
    "form": "TO_ORDER",
    "medium": "ELECTRONIC",
    "surrender_reason": "DELIVERY",
    "pledged_for": _hash("fa"),
    "replaces": _hash("00"),
    "replaced_by": _hash("00"),
    # money
    "facility_id": _hash("fa"),
    "match_id": _hash("3a"),
    "holder": "ENTR00HARBOURBANK155",
    "held_at": _AT,
    "ended_because": "The customer was called back",
    "ended_by": "officer-2",
    "product": "ORDER_FINANCE",
    "amount": "1284000.00",
    "currency": "USD",
    "token": "0x" + "70" * 20,
    "day_count": "ACT_360",
    "terms_hash": _hash("7e"),
    "flow": "REPAYMENT",
    "request": "op_" + "0a" * 16,
    "offer_id": "off_" + "0f" * 16,
    "accepted_offer": "off_" + "0f" * 16,
    "policy": "APPROVAL_BANDS",
    "proposed_by": "officer-1",
    "decided_by": "officer-2",
    "decision_reason": "As the board decided",
    "field": "bands.2.approvals",
    "before": "3",
    "after": "4",
    "proposal_id": "pol_" + "0d" * 16,
    "quote_id": "quo_" + "0c" * 16,
    "corridors": "CN-NL",
    "exporter": "ENTR00NINGBOHAISHU13",
    "partner": "ENTR00LANTERNFINTECH",
    "payer": "ENTR00VANDERMEERBV73",
    "facts_hash": _hash("fc"),
    "missing": "TRANSPORT_DOCUMENT",
    "month": "2026-11",
    "valid_from": _AT,
    # the ledger
    "hash": _hash("b1"),
    "tx": _hash("78"),
    "contract": "0x" + "e5" * 20,
    "block_hash": _hash("b1"),
    "blockhash": _hash("b1"),
    "genesis_hash": _hash("b0"),
    "tx_hash": _hash("78"),
    "txhash": _hash("78"),
    "released_tx": _hash("78"),
    "rules_hash": _hash("4e"),
    "verb": "TradeOrders.place",
    "operation_id": "op_" + "0a" * 16,
    "cursor": "1204.3",
    "next": None,
    # events and webhooks
    "specversion": "1.0",
    "id": "1337:0xb1b1:3",
    "event_id": "1337:0xb1b1:3",
    "source": "urn:entrepot:1337",
    "type": "entrepot.customs.import_released",
    "types": "entrepot.customs.*",
    "event": "EvidenceRecorded",
    "ledgerevent": "EvidenceRecorded",
    "subject": _hash("5a"),
    "time": _AT,
    "datacontenttype": "application/json",
    "webhook_id": "ab" * 16,
    "url": "https://erp.example/hooks/entrepot",
    "description": "Orders into the ERP",
    "secret": "whsec_bm90IGEgc2VjcmV0LCBhbiBleGFtcGxlIG9mIG9uZQ==",
    "delivery_id": "7",
    "status": "DELIVERED",
    "error": None,
    "words": "Import released by customs",
    # consents
    "consent_id": "con_" + "0f" * 16,
    "consent_status": "valid",
    "purpose": "FINANCING",
    "fields": "orders.amount",
    "valid_until": "2027-03-31",
    "masked": None,
    "record_id": "1204",
    "read": "GET /v1/orders/{order_id}",
    "resources": _hash("5a"),
    "request_id": "req_" + "0b" * 16,
    # times
    "timestamp": _AT,
    "at": _AT,
    "not_before": "2026-11-02T00:00:00Z",
    "accept_by": "2026-11-19T00:00:00Z",
    "ship_by": "2026-11-20T23:59:59Z",
    # files
    "file": "(the bytes of the file)",
    "disclosure": "(the bytes of the disclosure)",
    # counts
    "chain_id": 1337,
    "block": 1204,
    "as_of_block": 1204,
    "size_bytes": 18_432,
    "interest_bps": 650,
    "penalty_bps": 300,
    "fee_bps": 25,
    "reserve_bps": 500,
    "platform_share_bps": 2000,
    "funding_bps": 6000,
    "loss_bps": 5000,
    "grace_days": 5,
    "default_days": 30,
    "frequency_per_day": 4,
    "gas": 182_000,
    "oldest_call_s": 0.4,
    "lag_blocks": 0,
    "finality": "final",
    "failing_since": None,
}
"""By the name of a member: of one, or of each in a list."""

STATES: Final = {
    "Facility": "FUNDED",
    "Title": "ISSUED",
    "Evidence": "RECORDED",
    "Attested": "RECORDED",
    "Participant": "ACTIVE",
    "Webhook": "ACTIVE",
    "Tranche": "RELEASED",
    "TrancheConditions": "PENDING",
    "Release": "RELEASED",
    "Delivery": "DELIVERED",
    "Examination": "EXAMINED",
    "PolicyProposal": "IN_FORCE",
}
"""What `state` is, by whose it is."""

_BANK = ("ENTR00HARBOURBANK155", "Harbour Bank", "港湾银行")
_CARRIER = ("ENTR00BLUEMERIDIAN26", "Blue Meridian Lines", "蓝色子午线航运")
PARTIES: Final = {
    "importer": ("ENTR00VANDERMEERBV73", "Van der Meer BV", "范德梅尔贸易公司"),
    "lender": _BANK,
    "bank": _BANK,
    "settlement_bank": _BANK,
    "issuer": _BANK,
    "platform": ("ENTR00LANTERNFINCE96", "Lantern Finance", "灯火金融科技"),
    "third_party": ("ENTR00LANTERNFINCE96", "Lantern Finance", "灯火金融科技"),
    "attester": _CARRIER,
    "carrier": _CARRIER,
}
"""Who a party is, by its part; the exporter otherwise."""


def add_to(description: Json) -> None:
    """Gives every body and every good answer of the description an example of its own."""
    schemas = description["components"]["schemas"]
    for methods in description["paths"].values():
        for operation in methods.values():
            bodies = [operation.get("requestBody", {})]
            bodies += [each for status, each in operation["responses"].items() if status < "300"]
            for body in bodies:
                for media_type, media in body.get("content", {}).items():
                    if "example" not in media:
                        media["example"] = _whole(media_type, media.get("schema", {}), schemas)


def _whole(media_type: str, schema: Json, schemas: Json) -> Any:
    if schema.get("format") == "binary" or not schema or schema == {"type": "string"}:
        return TEXTS.get(media_type, "(bytes)")
    return example_of("", schema, schemas)


TEXTS: Final = {
    "application/xml": "<Invoice>...</Invoice>",
    "text/xml": "<Invoice>...</Invoice>",
    "application/edifact": "UNB+UNOC:3+...'",
    "application/pdf": "%PDF-1.7 ...",
    "text/event-stream": 'id: 1204.3\ndata: {"specversion": "1.0", ...}\n\n',
}


def example_of(name: str, schema: Json, schemas: Json, depth: int = 0) -> Any:
    """An example of what that schema describes, for a member of that name."""
    if depth > DEPTH_MAX:
        raise ValueError(f"{name} holds itself")
    if "$ref" in schema:
        return _named(name, schema["$ref"].rpartition("/")[2], schemas, depth + 1)
    if schema.get("examples"):
        return schema["examples"][0]
    if "anyOf" in schema:
        return _first_of(name, schema["anyOf"], schemas, depth)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return WORDS[name] if WORDS.get(name) in schema["enum"] else schema["enum"][0]
    match schema.get("type"):
        case "object":
            return _object(name, schema, schemas, depth)
        case "array":
            return [example_of(name, schema.get("items", {}), schemas, depth + 1)]
        case "string":
            return _text(name)
        case "integer" | "number" as kind:
            return _number(name, schema, kind)
        case "boolean":
            return name in ("dry_run", "recourse", "recurring_indicator", "met")
        case _:
            return WORDS.get(name)


def _named(name: str, of: str, schemas: Json, depth: int) -> Any:
    found = example_of(name, schemas[of], schemas, depth)
    if of == "Party" and name in PARTIES:
        return dict(zip(("lei", "name", "name_zh"), PARTIES[name], strict=True))
    thing = of.removesuffix("View").removesuffix("Out").removesuffix("Written")
    if thing in STATES and found.get("state") == WORDS["state"]:
        return {**found, "state": STATES[thing]}
    return found


def _first_of(name: str, options: list[Json], schemas: Json, depth: int) -> Any:
    """Something rather than nothing, but where the word itself is nothing."""
    if name in WORDS and WORDS[name] is None and {"type": "null"} in options:
        return None
    told = [option for option in options if option.get("type") != "null"]
    return example_of(name, told[0], schemas, depth)


def _object(name: str, schema: Json, schemas: Json, depth: int) -> Any:
    members = schema.get("properties", {})
    if members:
        return {each: example_of(each, of, schemas, depth + 1) for each, of in members.items()}
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        language = "en" if name == "words" else "number"
        return {language: example_of(name, values, schemas, depth + 1)}
    return {}


def _text(name: str) -> str:
    if name in WORDS:
        return str(WORDS[name])
    if name.endswith(("_at", "_by")):
        return _LATER if name in ("matures_at", "expires_at", "ends_at") else _AT
    raise KeyError(f"api/examples.py has no word for {name!r}")


def _number(name: str, schema: Json, kind: str) -> int | float:
    found = WORDS.get(name)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return found
    least = schema.get("minimum", 1204 if name.endswith("block") else 1)
    return int(least) if kind == "integer" else float(least)
