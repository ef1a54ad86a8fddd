"""Changes of policies that stand, by two persons of a lender."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Path, Response

from entrepot.api.deps import Desk, Reader, hands_in
from entrepot.api.routes.paths import ACT, COMMAND, After, Limit, lists, router, shows
from entrepot.api.schemas.proposals import ProposeChangeIn, SayNoIn, SayYesIn
from entrepot.steps.submission import proposals
from entrepot.steps.submission.proposals import OnProposal
from entrepot.views import proposals as proposal_views
from entrepot.views.proposals import PolicyProposalView

api = router("policies")
Decides = Annotated[Desk, hands_in("decide")]
ProposalInPath = Annotated[str, Path(pattern=r"^pol_[0-9a-f]{32}$", examples=["pol_" + "0f" * 16])]


@api.post("/policy-proposals", summary="Propose a change of a policy", **COMMAND)
def propose_policy_change(body: ProposeChangeIn, desk: Decides) -> Response:
    """Of bands of approval or an offer that stands. Nothing changes before somebody else of the
    same lender confirms it, and not before its date."""
    return desk.submit(proposals.propose, body.to_command())


@api.get(
    "/policy-proposals", summary="Changes of policies, newest first", **lists(PolicyProposalView)
)
def list_policy_proposals(window: Reader, limit: Limit = 50, after: After = None) -> Response:
    """The caller's own, field by field, and what became of each."""
    return window.page(
        lambda session, caller: proposal_views.list_proposals(
            session, caller, limit=limit, after=after
        )
    )


@api.get(
    "/policy-proposals/{proposal_id:plain}",
    summary="One change of a policy",
    **shows(PolicyProposalView),
)
def get_policy_proposal(proposal_id: ProposalInPath, window: Reader) -> Response:
    """Who proposed it, who had the last word, and since when it holds."""
    return window.one(
        "proposal",
        lambda session, caller: proposal_views.get_proposal(session, caller, proposal_id),
    )


@api.post("/policy-proposals/{proposal_id}:confirm", summary="Confirm a change", **COMMAND)
def confirm_policy_change(
    proposal_id: ProposalInPath, desk: Decides, body: Annotated[SayYesIn | None, Body()] = None
) -> Response:
    """By another person than who proposed it, while the policy is still what it was then."""
    return desk.submit(proposals.confirm, (body or SayYesIn()).to_command(proposal_id))


@api.post("/policy-proposals/{proposal_id}:decline", summary="Decline a change", **COMMAND)
def decline_policy_change(proposal_id: ProposalInPath, body: SayNoIn, desk: Decides) -> Response:
    """By another person than who proposed it, who is told why."""
    return desk.submit(proposals.decline, body.to_command(proposal_id))


@api.post("/policy-proposals/{proposal_id}:withdraw", summary="Take a proposal back", **ACT)
def withdraw_policy_change(proposal_id: ProposalInPath, desk: Decides) -> Response:
    """By whoever proposed it, before anybody has decided."""
    return desk.submit(proposals.withdraw, OnProposal(proposal_id=proposal_id))
