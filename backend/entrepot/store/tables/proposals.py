"""Changes of a lender's policies, from one person's proposal to another person's word on it. Not
folded from the chain: what a confirmed one asks of it stands in the outbox."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column, whole


class PolicyProposal(Row, table=True):
    """A policy as it was when somebody proposed to change it, and as they want it. Only what
    becomes of it is added later, once.

    number: from 1, of the member's. kind: APPROVAL_BANDS or OFFER; subject: the currency, or the
    offer's id. old: None where none stood. effective_at: unix seconds of chain time; of a confirmed
    one from when it was to hold. state: OPEN, CONFIRMED, DECLINED or WITHDRAWN. signers: what they
    act by, on whom the ledger counts; labels are what they are called. version: of the offer that
    came of it.
    """

    proposal_id: str = Field(primary_key=True)
    participant_id: bytes = binary(index=True)
    number: int
    kind: str
    subject: str
    old: dict[str, object] = json_column()
    new: dict[str, object] = json_column()
    effective_at: int = whole()
    reason: str
    proposed_by: str
    proposed_signer: bytes = binary()
    proposed_at: datetime = Field(sa_type=DateTime(timezone=True))
    state: str = "OPEN"
    decided_by: str | None = None
    decided_signer: bytes | None = binary(default=None)
    decided_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    decision_reason: str | None = None
    version: int | None = None
