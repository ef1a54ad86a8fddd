"""Whether every projection says what the contracts say, at one and the same block.

Each row becomes a question to a contract and the answer that the row expects; what is not equal is
listed, field by field. All are asked, or as many as one wants, chosen at random.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from entrepot.bindings import (
    financing,
    participants,
    settlement_token,
)
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import (
    Condition,
    Conditions,
    Facility,
    FinancingState,
    FinancingTerms,
)
from entrepot.bindings.ids import (
    FinancingId,
    ParticipantId,
    TitleId,
)
from entrepot.bindings.participants import ParticipantState
from entrepot.bindings.roles import PermissionSet, RoleSet
from entrepot.chain.deployment import Deployment
from entrepot.chain.node import Node
from entrepot.domain.terms import Outcome, evaluate
from entrepot.kit.abi import Address, Struct, from_plain, to_plain
from entrepot.store import tables as t
from entrepot.store.facts import gather, under_recourse
from entrepot.views import audit_goods as goods
from entrepot.views import audit_orders as orders
from entrepot.views.audit_questions import Question

BATCH = 200


@dataclass(frozen=True, slots=True)
class Difference:
    about: str
    field: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Audit:
    """`compared` answers at one block, and every difference among them."""

    block: int
    block_hash: str
    compared: int
    differences: tuple[Difference, ...]


def audit(session: Session, node: Node, deployment: Deployment, sample: int | None = None) -> Audit:
    """Compares everything at the indexed head, or `sample` answers of all. Raises LookupError when
    nothing is indexed."""
    block = session.exec(select(t.Block).order_by(col(t.Block.number).desc()).limit(1)).first()
    if block is None:
        raise LookupError("nothing is indexed yet: run the worker first")
    asked = list(_questions(session, deployment, block))
    if sample is not None and sample < len(asked):
        asked = SystemRandom().sample(asked, sample)
    differences: list[Difference] = []
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        answers = node.call_all([(q.contract, q.view) for q in batch], block.hash)
        for question, answer in zip(batch, answers, strict=True):
            differences += _compare(question, answer)
    return Audit(block.number, "0x" + block.hash.hex(), len(asked), tuple(differences))


def _compare(question: Question, theirs: Any) -> Iterator[Difference]:
    ours = question.ours
    if ours == theirs:
        return
    if isinstance(ours, Struct) and isinstance(theirs, Struct):
        mine, other = to_plain(ours), to_plain(theirs)
        for name in mine:
            if mine[name] != other[name]:
                yield Difference(question.about, name, str(mine[name]), str(other[name]))
    else:
        yield Difference(question.about, "", repr(ours), repr(theirs))


def _questions(session: Session, deployment: Deployment, block: t.Block) -> Iterator[Question]:
    yield from _members(session, deployment)
    yield from orders.of_orders(session, deployment)
    yield from orders.of_evidence(session, deployment)
    yield from goods.titles(session, deployment)
    yield from _facilities(session, deployment, block)
    yield from goods.register(session, deployment)
    yield from _policies(session, deployment)
    yield from _deposits(session, deployment)


def _members(session: Session, deployment: Deployment) -> Iterator[Question]:
    at = deployment["Participants"]
    for row in session.exec(select(t.Participant)):
        yield Question(
            f"participant {row.participant_id.decode()}",
            at,
            participants.ParticipantView(participant_id=ParticipantId(row.participant_id)),
            participants.Participant(
                state=ParticipantState[row.state],
                roles=RoleSet(row.roles),
                jurisdiction=row.jurisdiction.encode(),
                kyc_expires_at=row.kyc_expires_at,
                group=ParticipantId(row.group_id),
                account=Address(row.account),
            ),
        )
    for key in session.exec(select(t.ParticipantKey)):
        yield Question(
            f"key 0x{key.key_id.hex()}",
            at,
            participants.KeyView(key_id=key.key_id),
            participants.Key(
                participant=ParticipantId(key.participant_id),
                permissions=PermissionSet(key.permissions),
                added_at=key.added_at,
                revoked_at=key.revoked_at,
            ),
        )


def _facilities(session: Session, deployment: Deployment, block: t.Block) -> Iterator[Question]:
    at = deployment["Financing"]
    for row in session.exec(select(t.Facility)):
        about = f"facility 0x{row.financing_id.hex()}"
        terms = from_plain(FinancingTerms, row.terms)
        yield Question(
            about,
            at,
            financing.FacilityView(financing_id=FinancingId(row.financing_id)),
            _facility(row, _funded(session, row)),
        )
        waiting = session.exec(
            select(t.Tranche)
            .where(t.Tranche.financing_id == row.financing_id)
            .order_by(col(t.Tranche.position))
        )
        for tranche in waiting:
            outcome = evaluate(gather(session, row, tranche, block, at))
            view = financing.ConditionsView(terms=terms, tranche=tranche.position)
            yield Question(
                f"conditions of tranche {tranche.position} of {about}", at, view, _bits(outcome)
            )

    for credit in session.exec(select(t.Credit)):
        yield Question(
            f"credit of {credit.participant_id.decode()} at 0x{credit.financing_id.hex()}",
            at,
            financing.CreditOfView(
                financing_id=FinancingId(credit.financing_id),
                participant=ParticipantId(credit.participant_id),
            ),
            credit.amount_minor,
        )
    for exporter in set(session.exec(select(t.Facility.exporter))):
        yield Question(
            f"recourse against {exporter.decode()}",
            at,
            financing.IsUnderRecourseView(exporter=ParticipantId(exporter)),
            under_recourse(session, exporter),
        )


def _funded(session: Session, row: t.Facility) -> int:
    """Bit i is set when lender i has paid in."""
    lenders = select(t.FacilityLender).where(t.FacilityLender.financing_id == row.financing_id)
    return sum(1 << each.position for each in session.exec(lenders) if each.funded)


def _facility(row: t.Facility, funded_set: int) -> Facility:
    return Facility(
        state=FinancingState[row.state],
        held=row.held,
        exporter=ParticipantId(row.exporter),
        terms_hash=row.terms_hash,
        document_root=row.document_root,
        outstanding=row.outstanding_minor,
        drawn=row.drawn_minor,
        escrow=row.escrow_minor,
        reserve=row.reserve_minor,
        released_set=row.released_set,
        lapsed_set=row.lapsed_set,
        funded_set=funded_set,
        accrued_at=row.accrued_at,
        paid_by_importer=row.paid_by_importer_minor,
        loss=row.loss_minor,
        covered=row.covered_minor,
        restored=row.restored_minor,
        recourse_claimed=row.recourse_claimed,
        fees_paid=row.fees_paid_minor,
        penalty_paid=row.penalty_paid_minor,
        interest_paid=row.interest_paid_minor,
        principal_days=row.principal_days,
        penalty_days=row.penalty_days,
        title_id=TitleId(row.title_id),
    )


def _bits(outcome: Outcome) -> Conditions:
    return Conditions(
        unmet=sum(1 << Condition[name] for name in outcome.unmet),
        missing=_kind_set(outcome.missing),
        missing_twice=_kind_set(outcome.missing_twice),
        blocking=_kind_set(outcome.blocking),
    )


def _kind_set(names: tuple[str, ...]) -> KindSet:
    return KindSet(sum(1 << EvidenceKind[name] for name in names))


def _policies(session: Session, deployment: Deployment) -> Iterator[Question]:
    at = deployment["Financing"]
    for row in session.exec(select(t.LenderLimit)):
        used = select(func.coalesce(func.sum(t.FacilityLender.outstanding_minor), 0)).join(
            t.Facility, col(t.Facility.financing_id) == col(t.FacilityLender.financing_id)
        )
        used = used.where(
            t.FacilityLender.lender == row.lender,
            t.Facility.exporter == row.exporter,
            t.Facility.currency == row.currency,
        )
        yield Question(
            f"limit of {row.lender.decode()} for {row.exporter.decode()} in {row.currency}",
            at,
            financing.LimitOfView(
                lender=ParticipantId(row.lender),
                exporter=ParticipantId(row.exporter),
                currency=row.currency.encode(),
            ),
            financing.LimitOfResult(limit=row.limit_minor, used=int(session.exec(used).one())),
        )
    for cap in session.exec(select(t.SandboxCap)):
        outstanding = select(func.coalesce(func.sum(t.Facility.outstanding_minor), 0)).where(
            t.Facility.corridor == cap.corridor, t.Facility.currency == cap.currency
        )
        yield Question(
            f"sandbox cap of {cap.corridor} in {cap.currency}",
            at,
            financing.SandboxOfView(corridor=cap.corridor.encode(), currency=cap.currency.encode()),
            financing.SandboxOfResult(
                cap=cap.cap_minor, used=int(session.exec(outstanding).one()), ends_at=cap.ends_at
            ),
        )


def _deposits(session: Session, deployment: Deployment) -> Iterator[Question]:
    """What the journal says each account holds, beside what the token says."""
    for token in deployment.tokens:
        suffix = "/" + token.address.hex()
        sums = (
            select(t.Posting.account, func.sum(t.Posting.amount_minor))
            .where(col(t.Posting.account).startswith("deposit/"))
            .where(col(t.Posting.account).endswith(suffix))
            .group_by(t.Posting.account)
        )
        for account, amount in session.exec(sums):
            holder = Address(bytes.fromhex(account.split("/")[2]))
            yield Question(
                account,
                token.address,
                settlement_token.BalanceOfView(account=holder),
                int(amount),
            )
