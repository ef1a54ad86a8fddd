"""Members and their keys, folded from Participants, and what is known of them off chain."""

from sqlmodel import Field

from entrepot.store.columns import Row, binary, whole


class Participant(Row, table=True):
    participant_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    state: str
    roles: int
    jurisdiction: str
    kyc_expires_at: int = whole()
    group_id: bytes = binary()
    account: bytes = binary(index=True)


class ParticipantKey(Row, table=True):
    key_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    participant_id: bytes = binary(index=True)
    signer: bytes = binary()
    permissions: int
    added_at: int = whole()
    revoked_at: int = whole(default=0)


class Profile(Row, table=True):
    """Names for people to read. Not folded from the chain, where no name belongs (P8)."""

    participant_id: bytes = binary(primary_key=True)
    name: str
    name_zh: str = ""
    alias: str = Field(default="", index=True)
