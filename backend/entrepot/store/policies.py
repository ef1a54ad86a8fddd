"""What PostgreSQL itself lets a transaction see that acts for a participant (`store.tenancy`).

The same rules as in `store.visibility`, one floor down (ADR 0045): a query that forgot its
condition gets its caller's rows and no others. Every table is OPEN to all members, cut by a POLICY,
or CLOSED to whoever acts for a participant.

A policy asks a view, which runs as the tables' owner, so that no policy asks another. As a
correlated EXISTS it is answered from indexes for a few rows, and from one hash for many.
"""

# ruff: noqa: S608 (nothing in these statements is anybody's words)

import hashlib

from sqlalchemy import Connection, text

from entrepot.bindings.roles import Role
from entrepot.store.tenancy import ROLE
from entrepot.store.visibility import MEMBERSHIP

FUNCTIONS = {
    "acting_for() RETURNS bytea": """
        SELECT decode(current_setting('entrepot.participant', true), 'hex')""",
    "acting_by() RETURNS text": "SELECT current_setting('entrepot.consent', true)",
    "acting_third() RETURNS bytea": """
        SELECT decode(current_setting('entrepot.third_party', true), 'hex')""",
    "acting_on() RETURNS date": """
        SELECT nullif(current_setting('entrepot.today', true), '')::date""",
    "acting_regulates() RETURNS boolean": f"""
        SELECT EXISTS (SELECT FROM participant WHERE participant_id = acting_for()
                       AND state = 'ACTIVE' AND roles >> {Role.REGULATOR:d} & 1 = 1)""",
}

ME = "(SELECT acting_for())"
PLATFORM = f"terms ->> 'platform' = '0x' || encode({ME}, 'hex')"


def _shared(kind: str, table: str, key: str, *owners: str) -> str:
    owned = " OR ".join(f"{table}.{owner} = open_consent.owner" for owner in owners)
    return (
        f"SELECT {table}.{key} FROM {table} JOIN open_consent ON ({owned})"
        f" WHERE open_consent.kind = '{kind}'"
        f" AND (resource_id IS NULL OR resource_id = {table}.{key})"
    )


VIEWS = {
    "open_consent": """
        SELECT owner, kind, resource_id FROM consent JOIN consent_resource USING (consent_id)
        WHERE consent_id = (SELECT acting_by()) AND third_party = (SELECT acting_third())
        AND status = 'valid' AND valid_until >= (SELECT acting_on())""",
    "shared_order": _shared("orders", "trade_order", "order_id", "exporter", "importer"),
    "shared_document": _shared("documents", "document", "document_id", "owner"),
    "shared_facility": _shared("facilities", "facility", "financing_id", "exporter"),
    "traded_order": f"""
        SELECT order_id FROM trade_order WHERE exporter = {ME}
        UNION ALL SELECT order_id FROM trade_order WHERE importer = {ME}""",
    "lent_facility": f"""
        SELECT financing_id FROM facility_lender WHERE lender = {ME}""",
    "lent_order": """
        SELECT order_id FROM facility JOIN lent_facility USING (financing_id)""",
    "seen_order": f"""
        SELECT order_id FROM traded_order
        UNION ALL SELECT order_id FROM order_attester WHERE participant_id = {ME}
        UNION ALL SELECT order_id FROM lent_order
        UNION ALL SELECT order_id FROM facility WHERE {PLATFORM}
        UNION ALL SELECT order_id FROM shared_order""",
    "seen_facility": f"""
        SELECT financing_id FROM facility WHERE exporter = {ME}
        UNION ALL SELECT financing_id FROM facility JOIN trade_order USING (order_id)
                  WHERE importer = {ME}
        UNION ALL SELECT financing_id FROM lent_facility
        UNION ALL SELECT financing_id FROM facility WHERE {PLATFORM}
        UNION ALL SELECT financing_id FROM shared_facility""",
    "seen_voyage": """
        SELECT voyage_id FROM voyage_link JOIN seen_order USING (order_id)""",
}
"""Ids of what the participant has a part in."""


def _in(view: str, key: str, column: str) -> str:
    return f"EXISTS (SELECT FROM {view} AS seen WHERE seen.{key} = {column})"


def _is_me(*columns: str) -> str:
    return " OR ".join(f"{column} = {ME}" for column in columns)


def _of_orders(table: str) -> str:
    return _in("seen_order", "order_id", f"{table}.order_id")


def _of_facilities(table: str) -> str:
    return _in("seen_facility", "financing_id", f"{table}.financing_id")


OF_MONEY = "contract IN ('Financing', 'Encumbrances')"
ACCOUNT = f"(SELECT account FROM participant WHERE participant_id = {ME})"

CONSENTING = _is_me("owner", "third_party") + (
    " OR (consent_id = (SELECT acting_by()) AND third_party = (SELECT acting_third()))"
)

OPEN = ("block", "network", "participant", "profile", "progress", "sandbox_cap")
"""What every member may know."""

CLOSED = (
    "asset_link",
    "ceremony",
    "consent_use",
    "idempotency_record",
    "invitation",
    "lane",
    "login",
    "paper_fingerprint",
    "passkey",
    "person",
    "quote_facts",
    "replaced",
    "request_count",
    "seen_proof",
    "standing",
    "unlinked_family",
    "vault_content",
    "vault_wrap",
    "webhook_secret",
)
"""What nobody reads as a participant; `tenancy.beyond` does where something is reckoned from it."""

POLICIES = {
    "trade_order": _is_me("exporter", "importer") + " OR " + _of_orders("trade_order"),
    "order_attester": _of_orders("order_attester"),
    "order_reference": _of_orders("order_reference"),
    "evidence_conflict": _of_orders("evidence_conflict"),
    "voyage_link": _is_me("carrier") + " OR " + _of_orders("voyage_link"),
    "title": _is_me("possessor", "endorsee", "carrier", "surrendered_by")
    + " OR "
    + _of_orders("title"),
    "evidence_item": " OR ".join(
        (
            _is_me("attester"),
            _in("seen_order", "order_id", "evidence_item.stream"),
            _in("seen_voyage", "voyage_id", "evidence_item.stream"),
        )
    ),
    "examination": _is_me("bank")
    + " OR "
    + _in("traded_order", "order_id", "examination.order_id"),
    "document": " OR ".join(
        (
            _is_me("owner"),
            _in("traded_order", "order_id", "document.order_id"),
            _in("lent_order", "order_id", "document.order_id"),
            _in("shared_document", "document_id", "document.document_id"),
        )
    ),
    "facility": _is_me("exporter") + " OR " + _of_facilities("facility"),
    **{
        table: _of_facilities(table)
        for table in (
            "approval",
            "breach",
            "credit",
            "decision",
            "holding",
            "payment",
            "release_request",
            "tranche",
        )
    },
    "facility_lender": _is_me("lender") + " OR " + _of_facilities("facility_lender"),
    "client": _is_me("participant_id"),
    "access_record": _is_me("owner", "reader"),
    "consent": CONSENTING,
    "consent_resource": "EXISTS (SELECT FROM consent AS given"
    " WHERE given.consent_id = consent_resource.consent_id)",
    "approval_bands": _is_me("lender")
    + " OR EXISTS (SELECT FROM facility_lender AS beside JOIN seen_facility USING (financing_id)"
    " WHERE beside.lender = approval_bands.lender)",
    "audit_entry": _is_me("participant_id"),
    "lender_limit": _is_me("lender", "exporter"),
    "facility_note": _is_me("author", "recipient"),
    "near_match_decision": _is_me("lender"),
    "offer": _is_me("bank")
    + f" OR partners = '{{}}' OR {ME} = ANY(partners) OR {ME} = ANY(lenders)",
    "offer_withdrawal": _in("offer", "offer_id", "offer_withdrawal.offer_id"),
    "policy_proposal": _is_me("participant_id"),
    "quote": _is_me("exporter")
    + f" OR (partner = {ME} AND "
    + _in("seen_facility", "financing_id", "quote.financing_id")
    + ") OR (consent_id = (SELECT acting_by()) AND EXISTS (SELECT FROM open_consent"
    " WHERE kind = 'orders' AND (resource_id IS NULL OR resource_id = quote.order_id)))",
    "operation": _is_me("participant_id"),
    "release_hold": _is_me("participant"),
    "outbox": _is_me("participant_id")
    + " OR EXISTS (SELECT FROM release_request AS asked JOIN seen_facility USING (financing_id)"
    " WHERE asked.outbox_id = outbox.id)",
    "participant_key": _is_me("participant_id"),
    "token": _is_me("participant_id"),
    "webhook_delivery": "EXISTS (SELECT FROM webhook_endpoint AS its"
    " WHERE its.webhook_id = webhook_delivery.webhook_id)",
    "webhook_endpoint": _is_me("participant_id"),
    "webhook_notice": _is_me("participant_id"),
    "posting": f"split_part(account, '/', 3) = encode({ACCOUNT}, 'hex')",
    "log": " OR ".join(
        (
            f"event IN {MEMBERSHIP}",
            f"topics @> ARRAY[{ME} || decode(repeat('00', 12), 'hex')]",
            f"topics @> ARRAY[decode(repeat('00', 12), 'hex') || {ACCOUNT}]",
            f"({OF_MONEY} AND " + _in("seen_facility", "financing_id", "log.topics[3]") + ")",
            f"(NOT {OF_MONEY} AND ("
            + _in("seen_order", "order_id", "log.stream")
            + " OR "
            + _in("seen_voyage", "voyage_id", "log.stream")
            + "))",
        )
    ),
}
"""By table: which of its rows; all of them for an active regulator."""

_MARK = "traded_order"


class RoleMissing(Exception):
    """The database has no role to act for participants in, and we may not create it."""

    def __init__(self) -> None:
        super().__init__(
            f"let an administrator run: CREATE ROLE {ROLE} NOLOGIN; "
            f"GRANT {ROLE} TO (the user of ENTREPOT_DATABASE_URL) WITH INHERIT FALSE, SET TRUE;"
        )


def lay(connection: Connection) -> None:
    """Makes role, views and policies as they stand here; nothing when they do already."""
    _give_role(connection)
    statements = list(_laid())
    mark = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    if _marked(connection) == mark:
        return
    lift(connection)
    for statement in statements:
        connection.execute(text(statement.replace(":", r"\:")))
    connection.execute(text(f"COMMENT ON VIEW {_MARK} IS '{mark}'"))


def lift(connection: Connection) -> None:
    """Takes policies and views away, so that tables can be changed; until they are laid again,
    whoever acts for a participant sees nothing."""
    for table in POLICIES:
        there = connection.scalar(text("SELECT to_regclass(:t) IS NOT NULL"), {"t": table})
        if there:
            connection.execute(text(f'DROP POLICY IF EXISTS seen ON "{table}"'))
    for view in reversed(VIEWS):
        connection.execute(text(f"DROP VIEW IF EXISTS {view}"))


def _laid() -> list[str]:
    made = [
        f"CREATE OR REPLACE FUNCTION {head} LANGUAGE sql STABLE AS $${body}$$"
        for head, body in FUNCTIONS.items()
    ]
    made += [f"CREATE VIEW {name} AS {query}" for name, query in VIEWS.items()]
    for table, seen in POLICIES.items():
        made.append(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        made.append(
            f'CREATE POLICY seen ON "{table}" FOR SELECT TO {ROLE}'
            f" USING ((SELECT acting_regulates()) OR {seen})"
        )
    readable = ", ".join(f'"{name}"' for name in (*OPEN, *POLICIES, *VIEWS))
    return [*made, f"GRANT SELECT ON {readable} TO {ROLE}"]


def _marked(connection: Connection) -> str | None:
    query = "SELECT obj_description(to_regclass(:view)::oid, 'pg_class')"
    mark: str | None = connection.scalar(text(query.replace("::", r"\:\:")), {"view": _MARK})
    return mark


def _give_role(connection: Connection) -> None:
    """The role, and that we may act in it: by an administrator before, or by ourselves."""
    known = connection.scalar(
        text("SELECT count(*) FROM pg_roles WHERE rolname = :role"), {"role": ROLE}
    )
    may_create = connection.scalar(
        text("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    )
    if known and connection.scalar(
        text("SELECT pg_has_role(current_user, :role, 'SET')"), {"role": ROLE}
    ):
        return
    if not may_create:
        raise RoleMissing
    if not known:
        connection.execute(text(f"CREATE ROLE {ROLE} NOLOGIN"))
    connection.execute(text(f"GRANT {ROLE} TO current_user WITH INHERIT FALSE, SET TRUE"))
