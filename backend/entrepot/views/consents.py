"""Consents, as their two see them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from entrepot.domain.consents import KINDS, status_on
from entrepot.kit.clock import to_unix
from entrepot.store.tables import Consent, ConsentResource
from entrepot.views.cursors import BadCursor
from entrepot.views.values import Page, Parties, Party, hexed, page_size, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessView:
    """ids: null for all of the kind."""

    kind: str
    ids: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationView:
    """label: of the token that was used; no name of a person."""

    label: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStatusView:
    """consent_status: Berlin Group's consentStatus."""

    consent_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """Berlin Group's consent. combined_service_indicator: never, for nobody pays through it."""

    consent_id: str
    consent_status: str
    owner: Party
    third_party: Party
    purpose: str
    access: tuple[AccessView, ...]
    fields: tuple[str, ...]
    recurring_indicator: bool
    frequency_per_day: int
    valid_until: str
    combined_service_indicator: bool
    authorisations: tuple[AuthorisationView, ...]
    created_at: str | None
    changed_at: str | None


def list_consents(
    session: Session,
    caller: bytes | None,
    *,
    today: date,
    limit: int = 50,
    after: str | None = None,
) -> Page[ConsentView]:
    """Those that the caller has given or was given, by id. BadCursor when `after` is none."""
    query = select(Consent).order_by(col(Consent.consent_id))
    if caller is not None:
        query = query.where(_of(caller))
    if after is not None:
        if not after.startswith("con_"):
            raise BadCursor(f"{after[:40]!r} is not a cursor of this list")
        query = query.where(col(Consent.consent_id) > after)
    size = page_size(limit)
    rows = list(session.exec(query.limit(size + 1)))
    shown = rows[:size]
    more = shown[-1].consent_id if len(rows) > size else None
    return Page(_views(session, shown, today), more)


def get_consent(
    session: Session, caller: bytes | None, consent_id: str, *, today: date
) -> ConsentView | None:
    """One, for its owner and its third party."""
    query = select(Consent).where(col(Consent.consent_id) == consent_id)
    if caller is not None:
        query = query.where(_of(caller))
    row = session.exec(query).first()
    return _views(session, [row], today)[0] if row else None


def _of(caller: bytes) -> ColumnElement[bool]:
    return or_(col(Consent.owner) == caller, col(Consent.third_party) == caller)


def _views(session: Session, rows: Sequence[Consent], today: date) -> tuple[ConsentView, ...]:
    parties = Parties(session, [one for row in rows for one in (row.owner, row.third_party)])
    access = _access(session, [row.consent_id for row in rows])
    return tuple(
        ConsentView(
            consent_id=row.consent_id,
            consent_status=str(status_on(today, row.status, row.valid_until)),
            owner=parties[row.owner],
            third_party=parties[row.third_party],
            purpose=row.purpose,
            access=access[row.consent_id],
            fields=tuple(row.fields),
            recurring_indicator=row.recurring,
            frequency_per_day=row.frequency_per_day,
            valid_until=row.valid_until.isoformat(),
            combined_service_indicator=False,
            authorisations=tuple(
                AuthorisationView(label=one["label"], at=one["at"]) for one in row.authorisations
            ),
            created_at=rfc3339(to_unix(row.created_at)),
            changed_at=rfc3339(to_unix(row.changed_at)),
        )
        for row in rows
    )


def _access(session: Session, consent_ids: Sequence[str]) -> dict[str, tuple[AccessView, ...]]:
    query = (
        select(ConsentResource)
        .where(col(ConsentResource.consent_id).in_(consent_ids))
        .order_by(col(ConsentResource.position))
    )
    found: dict[str, dict[str, list[bytes | None]]] = defaultdict(lambda: defaultdict(list))
    for row in session.exec(query):
        found[row.consent_id][row.kind].append(row.resource_id)
    return {
        consent_id: tuple(
            AccessView(
                kind=kind,
                ids=None
                if None in found[consent_id][kind]
                else tuple(hexed(one) for one in found[consent_id][kind] if one is not None),
            )
            for kind in KINDS
            if found[consent_id][kind]
        )
        for consent_id in consent_ids
    }
