"""One read under way, and what is written down of it when it is a third party's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entrepot.api.problems import REASON_MISSING, Refused
from entrepot.domain.consents import SUPERVISION
from entrepot.store import access_records
from entrepot.store.consents import Allowed
from entrepot.store.session import Session
from entrepot.store.tables import AccessRecord
from entrepot.views import masks, whose
from entrepot.views.masks import Shape, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what a third party reads. allowed: by a consent; None: by a supervisor's own right. read:
    method and route; path: what the route's path names."""

    reader: bytes
    allowed: Allowed | None
    reason: str
    reason_needed: bool
    at: datetime
    request_id: str
    read: str
    path: Mapping[str, str]


@dataclass(slots=True)
class Look:
    """One read. terms: None when it is of the reader's own, and leaves no record."""

    session: Session
    terms: Terms | None
    _is_noted: bool = field(default=False)

    @property
    def allowed(self) -> Allowed | None:
        """What the consent gives, when it is under one."""
        return self.terms.allowed if self.terms else None

    @property
    def given(self) -> frozenset[str] | None:
        """The fields that the consent names; None when nothing is masked."""
        return self.allowed.fields if self.allowed else None

    def note(self, views: Sequence[Any], shape: Shape, wanted: Wanted) -> None:
        """Of these views, this much is told."""
        if self.terms is None:
            return
        names = {name for _, name in masks.named(shape, wanted)}
        given = self.given
        self.note_fields(views, names if given is None else names & given)

    def note_fields(self, views: Sequence[Any], names: Iterable[str]) -> None:
        """The same, with the names of what is told that is not open."""
        self._is_noted = True
        if self.terms is None:
            return
        fields = sorted(names)
        if self.allowed is not None:
            things = whose.things_of(self.terms.path, views)
            self._keep({self.allowed.owner: set().union(*things.values())}, fields)
            return
        if not fields and whose.are_everybodys(views):
            return
        owners = access_records.owners_of(self.session, whose.things_of(self.terms.path, views))
        owners.pop(self.terms.reader, None)
        self._keep(owners, fields)

    def found_nothing(self) -> None:
        """Nothing is told, or nothing but the reader's own."""
        self._is_noted = True

    def close(self) -> None:
        """What nobody has noted must not be told."""
        if self.terms is not None and not self._is_noted:
            raise RuntimeError(f"{self.terms.read} leaves no record")

    def _keep(self, owners: Mapping[bytes, set[bytes]], fields: list[str]) -> None:
        terms = self.terms
        if terms is None or not owners:
            return
        if terms.allowed is None and terms.reason_needed and not terms.reason:
            raise Refused(REASON_MISSING)
        records = [
            AccessRecord(
                at=terms.at,
                owner=owner,
                reader=terms.reader,
                consent_id=terms.allowed.consent_id if terms.allowed else None,
                purpose=terms.allowed.purpose if terms.allowed else SUPERVISION,
                reason=terms.reason,
                request_id=terms.request_id,
                read=terms.read,
                resources=sorted(whose.told(thing) for thing in things),
                fields=fields,
            )
            for owner, things in sorted(owners.items())
        ]
        access_records.keep(self.session, records)
