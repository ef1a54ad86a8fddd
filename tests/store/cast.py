"""Who takes part in the story: members, their names, keys and tokens."""

from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from entrepot.bindings import participants as parties
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.roles import Permission, PermissionSet, Role, RoleSet
from entrepot.chain.ids import key_id
from entrepot.chain.signer import LocalSigner, PrivateKey
from entrepot.kit.abi import Address, Event
from entrepot.kit.clock import from_unix
from entrepot.store.tables import Token

START = int(datetime(2026, 11, 18, 2, 14, 9, tzinfo=UTC).timestamp())
HOUR = 3600


def word(text: str) -> bytes:
    """32 bytes that stand for `text`."""
    return sha256(text.encode()).digest()


def member(prefix: str) -> ParticipantId:
    """A LEI with right check digits (ISO 7064 mod 97-10)."""
    body = prefix.ljust(18, "0")
    digits = "".join(str(int(c, 36)) for c in body + "00")
    return ParticipantId(f"{body}{98 - int(digits) % 97:02}".encode())


def account_of(participant: ParticipantId) -> Address:
    return Address(sha256(participant).digest()[:20])


@cache
def officer_of(participant: ParticipantId, number: int) -> Address:
    return LocalSigner(officer_key(participant, number)).address


def officer_key(participant: ParticipantId, number: int) -> PrivateKey:
    return PrivateKey(sha256(participant + bytes([number])).digest())


def kind_set(*kinds: EvidenceKind) -> KindSet:
    return KindSet(sum(1 << kind for kind in kinds))


EXPORTER = member("5493EXPORTERNINGBO")
IMPORTER = member("7245IMPORTERRTM001")
BANK_A = member("3003BANKALPHA00001")
BANK_B = member("8945BANKBETA000001")
CARRIER = member("2138CARRIERSEA0001")
CUSTOMS_CN = member("3003CUSTOMSNINGBO1")
CUSTOMS_NL = member("7245CUSTOMSDOUANE1")
REGULATOR = member("3003REGULATOR00001")
STRANGER = member("5299STRANGERTRADE1")
FINTECH = member("3003FINTECHPLATF01")

NAMES = {
    EXPORTER: ("Ningbo Haishu Appliance", "宁波海曙家电", Role.EXPORTER),
    IMPORTER: ("Van der Meer BV", "范德米尔公司", Role.IMPORTER),
    BANK_A: ("Bank of Yongjiang", "甬江银行", Role.BANK),
    BANK_B: ("Sihai Online Bank", "四海网商银行", Role.BANK),
    CARRIER: ("Donghai Container Lines", "东海集运", Role.CARRIER),
    CUSTOMS_CN: ("Ningbo Customs", "宁波海关", Role.CUSTOMS),
    CUSTOMS_NL: ("Dutch Customs, Rotterdam", "荷兰海关（鹿特丹）", Role.CUSTOMS),
    REGULATOR: ("Trade Finance Authority", "贸易金融监管局", Role.REGULATOR),
    STRANGER: ("Elsewhere Trading", "别处贸易", Role.EXPORTER),
    FINTECH: ("Jinqiao Platform", "金桥平台", Role.FINTECH),
}
OFFICERS = {
    BANK_A: ("Relationship manager", "Credit officer"),
    BANK_B: ("Duty officer", "Risk officer"),
    EXPORTER: ("Export desk",),
    REGULATOR: ("Examiner",),
}
"""What the tokens of the story are called; the token itself is the label and the LEI."""


def token_of(participant: ParticipantId, number: int = 0) -> str:
    return f"{OFFICERS[participant][number]}/{participant.decode()}"


def registered(participant: ParticipantId, role: Role) -> Event:
    return parties.ParticipantRegistered(
        participant_id=participant,
        roles=RoleSet(1 << role),
        jurisdiction=b"CN",
        kyc_expires_at=START + 9_000 * HOUR,
        group=participant,
        account=account_of(participant),
    )


def keys_of(participant: ParticipantId) -> list[Event]:
    return [
        parties.KeyAdded(
            participant_id=participant,
            key_id=key_id(officer_of(participant, number)),
            signer=officer_of(participant, number),
            permissions=PermissionSet(1 << Permission.DECIDE),
        )
        for number in range(len(OFFICERS.get(participant, ())))
    ]


def tokens_of(participant: ParticipantId) -> list[Token]:
    return [
        Token(
            token_sha256=sha256(token_of(participant, number).encode()).digest(),
            participant_id=participant,
            label=label,
            key_address=officer_of(participant, number),
            scopes=["read", "decide"],
            expires_at=from_unix(START + 9_000 * HOUR),
        )
        for number, label in enumerate(OFFICERS.get(participant, ()))
    ]
