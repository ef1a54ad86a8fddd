"""Where a reference that people can read becomes a hash that the chain may see (P8).

Every natural key, asset key and commitment is made here and nowhere else: HMACs, and salts that are
HMACs, under the key that the consortium's backends share. Outsiders cannot guess an invoice number
from them; every member comes to the same ones from the same papers, and a replay to the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from entrepot.bindings.ids import AssetKey
from entrepot.domain.disclosure import Tree
from entrepot.kit.hashing import natural_key, salt

NO_FIELDS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Keys:
    """The keyed hashes of one consortium; `secret` has at least 32 bytes.

    References are compared as people mean them: case, width and white space do not matter.
    ValueError when one is empty.
    """

    secret: bytes

    def __repr__(self) -> str:
        return "Keys(***)"

    def order(self, reference: str) -> bytes:
        """Natural key of an order: with the exporter it gives the order's id."""
        return natural_key(self.secret, "order", reference)

    def facility(self, reference: str) -> bytes:
        """Natural key of a facility: with the order it gives the facility's id."""
        return natural_key(self.secret, "facility", reference)

    def title(self, reference: str) -> bytes:
        """Natural key of a bill of lading: with the carrier it gives the title's id."""
        return natural_key(self.secret, "title", reference)

    def voyage(self, carrier: str, vessel_imo: str, voyage_number: str) -> bytes:
        """Natural key of one ship's one voyage under one carrier (its LEI)."""
        return natural_key(self.secret, "voyage", carrier, vessel_imo, voyage_number)

    def order_asset(self, exporter: str, reference: str) -> AssetKey:
        """The goods of an order, in the register against double financing."""
        return AssetKey(natural_key(self.secret, "asset/order", exporter, reference))

    def invoice_asset(self, seller: str, number: str) -> AssetKey:
        """The goods of an invoice, whichever copy of it, in that register."""
        return AssetKey(natural_key(self.secret, "asset/invoice", seller, number))

    def declaration_asset(self, mrn: str) -> AssetKey:
        """The goods of a customs declaration, by customs' own number, in that register."""
        return AssetKey(natural_key(self.secret, "asset/declaration", mrn))

    def fingerprint(self, kind: str, *parts: str) -> bytes:
        """What papers of the same goods may have in common; see `domain.fingerprints`."""
        return natural_key(self.secret, f"fingerprint/{kind}", *parts)

    def document(self, kind: str, issuer: str, number: str) -> bytes:
        """A paper itself, whichever copy of it: two scans of one invoice have the same key."""
        return natural_key(self.secret, "document", kind, issuer, number)

    def document_id(self, order_id: bytes, owner: str, kind: str, content_sha256: bytes) -> bytes:
        """What the API calls a stored document: the same upload twice is one document."""
        parts = (order_id.hex(), owner, kind, content_sha256.hex())
        return natural_key(self.secret, "document-id", *parts)

    def fact(self, source: str, *identity: str) -> bytes:
        """Source key of a fact: the same message of the same source collides."""
        return natural_key(self.secret, f"fact/{source}", *identity)

    def payment(self, payer: str, reference: str) -> bytes:
        """A payment by its payer's own reference."""
        return natural_key(self.secret, "payment", payer, reference)

    def rail(self, bank: str, reference: str) -> bytes:
        """A movement on a payment rail by the reference that the bank saw there."""
        return natural_key(self.secret, "rail", bank, reference)

    def reason(self, subject: bytes, text: str) -> bytes:
        """A reason given in words, bound to what it was given for."""
        return natural_key(self.secret, "reason", subject.hex(), text)

    def tree(
        self, subject: bytes, kind: str, content_sha256: bytes, fields: Mapping[str, str]
    ) -> Tree:
        """What a document is committed by: its bytes and each of its fields, salted apart.

        The salts come from a secret of this document alone, bound to the order or voyage and the
        kind it serves; every member's backend comes to the same.
        """
        secret = salt(self.secret, subject.hex(), kind, content_sha256.hex())
        return Tree.of(secret, content_sha256, fields)

    def commit(
        self,
        subject: bytes,
        kind: str,
        content_sha256: bytes,
        fields: Mapping[str, str] = NO_FIELDS,
    ) -> bytes:
        """Commitment to exact bytes and to the fields read from them: the root of their tree."""
        return self.tree(subject, kind, content_sha256, fields).root
