"""The audit's questions about the goods: bills of lading, and the register of encumbrances."""

from collections.abc import Iterator

from sqlmodel import Session, select

from entrepot.bindings import encumbrances
from entrepot.bindings import titles as words
from entrepot.bindings.ids import AssetKey, FinancingId, OrderId, ParticipantId, TitleId
from entrepot.bindings.titles import Medium, SurrenderReason, TitleForm, TitleState
from entrepot.chain.deployment import Deployment
from entrepot.kit.abi import Address
from entrepot.store import tables as t
from entrepot.store.goods import family_of
from entrepot.views.audit_questions import Question
from entrepot.views.titles import medium_of

NOBODY = bytes(20)
NO_ID = bytes(32)


def titles(session: Session, deployment: Deployment) -> Iterator[Question]:
    """Every bill of lading, and the pledge over it."""
    at = deployment["Titles"]
    for row in session.exec(select(t.Title)):
        about, straight = f"title 0x{row.title_id.hex()}", row.form == TitleForm.STRAIGHT.name
        yield Question(
            about,
            at,
            words.TitleView(title_id=TitleId(row.title_id)),
            words.Title(
                state=TitleState[row.state],
                form=TitleForm[row.form],
                medium=Medium[medium_of(row)],
                may_endorse=row.may_endorse,
                surrender_reason=SurrenderReason[row.surrender_reason],
                order_id=OrderId(row.order_id),
                carrier=ParticipantId(row.carrier),
                shipper=ParticipantId(row.shipper if straight else NOBODY),
                possessor=ParticipantId(row.possessor),
                endorsee=ParticipantId(row.endorsee),
                surrendered_by=ParticipantId(row.surrendered_by),
                commitment=row.commitment,
                replaces=TitleId(row.replaces),
                replaced_by=TitleId(row.replaced_by),
            ),
        )
        yield Question(
            f"pledge of {about}",
            at,
            words.PledgeView(title_id=TitleId(row.title_id)),
            words.Pledge(
                pledgee=Address(row.pledgee),
                financing_id=FinancingId(row.pledged_for),
                deliver_to=ParticipantId(row.deliver_to),
            ),
        )


def register(session: Session, deployment: Deployment) -> Iterator[Question]:
    """Every holding, and where each key is now."""
    at = deployment["Encumbrances"]
    for row in session.exec(select(t.Holding)):
        yield Question(
            f"holding of 0x{row.financing_id.hex()}",
            at,
            encumbrances.HoldingView(financing_id=FinancingId(row.financing_id)),
            encumbrances.Holding(
                family=AssetKey(row.family),
                order_id=OrderId(row.order_id),
                reserved=row.reserved_minor,
                committed=row.committed_minor,
                lending_contract=deployment["Financing"],
                expires_at=row.expires_at,
            ),
        )
    for key in session.exec(select(t.AssetLink.asset_key).distinct()):
        yield Question(
            f"asset key 0x{key.hex()}",
            at,
            encumbrances.FamilyOfView(key=AssetKey(key)),
            AssetKey(family_of(session, key) or NO_ID),
        )
