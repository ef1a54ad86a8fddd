"""What a contract's refusal means, in plain words, and what to do about it."""

from __future__ import annotations

import re
from typing import Any, Final

from entrepot.api.problems import Problem
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.financings import Condition

CONFLICT: Final = 409

WORDS: Final[dict[str, tuple[str, str]]] = {
    # orders
    "TradeOrders_WrongState": ("the order is in another state", "read the order first"),
    "TradeOrders_AlreadyPlaced": ("this order has been placed", "take another reference"),
    "TradeOrders_NotParty": ("only the order's own party may do this", "use that party's token"),
    "TradeOrders_TermsDiffer": ("the order has changed since you saw it", "read it again"),
    "TradeOrders_Expired": ("the time for this has run out", "read the order's dates"),
    "TradeOrders_AlreadyDisputed": (
        "this party's dispute over this version of the order has failed before",
        "agree on an amendment, or leave it to the other party",
    ),
    "TradeOrders_DisputeRuns": ("an arbiter may still resolve the dispute", "wait until then"),
    "TradeOrders_InvalidTerms": ("a field of the order breaks a rule", "mend that field"),
    # evidence and voyages
    "Evidence_AlreadyRecorded": ("this very fact is recorded already", "nothing is to be done"),
    "Evidence_WrongState": ("the evidence is in another state", "read it first"),
    "Evidence_NotNamed": (
        "the order does not name this attester for this kind of evidence",
        "the parties name attesters when the order is placed or amended",
    ),
    "Evidence_OrderClosed": ("the order takes no more evidence", "read the order"),
    "Evidence_NotAttestable": ("the ledger reckons this kind itself", "name another kind"),
    "Evidence_TooManyConflicts": (
        "attesters contradict each other on this order in too many things already",
        "one of them withdraws or corrects its word first",
    ),
    "Evidence_InFuture": ("the fact lies in the future of the chain's clock", "send it later"),
    "Evidence_AlreadyLinked": ("the order is aboard this voyage already", "nothing is to be done"),
    "Evidence_NotLinked": ("the order is not aboard this voyage", "link it first"),
    # titles
    "Titles_WrongState": ("the title is in another state", "read the title first"),
    "Titles_AlreadyIssued": ("this bill of lading has been issued", "take another reference"),
    "Titles_NotPossessor": ("only the possessor may do this", "ask the possessor"),
    "Titles_NotEndorsee": ("only the endorsee may do this", "ask the endorsee"),
    "Titles_NotCarrier": ("only the issuing carrier may do this", "ask the carrier"),
    "Titles_NotEndorsable": ("this form of bill is not endorsed", "transfer it instead"),
    "Titles_NotEntitled": ("possession alone does not entitle to this", "be endorsed first"),
    "Titles_PledgeOffered": ("the bill is offered in pledge", "withdraw the offer first"),
    "Titles_OnPaper": (
        "the bill was turned into paper, which is the title now",
        "the carrier issues a new bill under another reference if the paper comes back",
    ),
    "Titles_CarrierNotNamed": ("the order does not name this carrier", "amend the order"),
    # the register against double financing
    "Encumbrances_LinkedElsewhere": (
        "these goods or papers belong to another consignment: they are financed elsewhere",
        "do not lend on them before that is cleared up",
    ),
    "Encumbrances_CapacityExceeded": (
        "the goods are encumbered already, and not enough of their value is free",
        "lend less, or wait until the other loan is repaid",
    ),
    "Encumbrances_Expired": ("the reservation of the goods has run out", "ask anew"),
    # facilities
    "Financing_WrongState": ("the facility is in another state", "read the facility first"),
    "Financing_AlreadyRequested": ("this facility has been asked for", "take another reference"),
    "Financing_InvalidTerms": ("a field of the terms breaks a rule", "mend that field"),
    "Financing_NotExporter": ("only the order's exporter may ask", "use its token"),
    "Financing_NotLender": ("the terms do not name this lender", "read the terms"),
    "Financing_SignatureInvalid": ("the signature is not that of this key", "sign again"),
    "Financing_SignatureExpired": ("the signature's deadline has passed", "sign again"),
    "Financing_ApprovedEnough": (
        "as many as the lender's bands ask for have approved",
        "nothing is to be done",
    ),
    "Financing_AlreadyApproved": ("this key has approved already", "another officer must sign"),
    "Financing_MakerIsChecker": (
        "who asked for the facility cannot approve it",
        "another person must sign",
    ),
    "Financing_BasisChanged": (
        "a document the approvals rest on was withdrawn or replaced",
        "the exporter asks for a new facility on the documents as they are",
    ),
    "Financing_OrderNotAccepted": ("the order is not accepted", "the importer accepts it first"),
    "Financing_AlreadyFunded": ("this lender has paid in already", "nothing is to be done"),
    "Financing_PaymentRepeated": ("this payment reference was used already", "take another"),
    "Financing_NotYetLapsed": ("the tranche can still be released", "wait until it has expired"),
    "Financing_TrancheClosed": (
        "the tranche has been released or has lapsed, or there is none",
        "read the facility",
    ),
    "Financing_HoldUnchanged": ("the hold is as you ask already", "nothing is to be done"),
    "Financing_InvalidBands": ("the bands must ascend, and ask for two at least", "mend them"),
    # members and money
    "Participants_InvalidLei": ("the LEI's check digits are wrong (ISO 17442)", "check the LEI"),
    "Participants_NotActive": ("the participant is not active", "ask the consortium"),
    "Participants_KycExpired": ("the participant's KYC has expired", "renew it"),
    "Participants_RoleMissing": ("the participant does not have the role", "ask the consortium"),
    "Participants_KeyUnknown": ("the ledger does not know the key", "an ADMIN key adds it"),
    "Participants_KeyIsRevoked": ("the key has been revoked", "use another key"),
    "Participants_KeyTaken": ("the key belongs to somebody already", "take a new key"),
    "Participants_PermissionMissing": ("the key may not do this", "use a key that may"),
    "SettlementToken_NotIssuer": ("only the issuing bank may do this", "ask the bank"),
    "SettlementToken_ReferenceUsed": ("this rail reference was used already", "check the rail"),
    "ERC20InsufficientBalance": ("the account does not hold enough", "pay in first"),
    "ERC20InsufficientAllowance": ("the account allows less than this", "ask again"),
    "AccessManagedUnauthorized": ("this is for the consortium's governance", "ask it"),
    # our own outbox
    "EarlierCallFailed": ("an earlier call of the same operation failed", "mend that one"),
    "Held": ("a lender held the release before it was signed", "ask again once it is resumed"),
    "GasCapExceeded": ("the call needs more work than one transaction may do", "ask for less"),
}


def problem_of(error: dict[str, Any]) -> Problem:
    """The problem of a refusal as the outbox keeps it: contract, name, arguments, or only a name.

    Of the order in which a contract checks nothing is promised: mend one cause, meet the next.
    """
    name = str(error.get("name", "Refused"))
    arguments: dict[str, Any] = error.get("arguments") or {}
    detail, mend = WORDS.get(name, (_spelled_out(name), ""))
    if name == "Financing_ConditionsNotMet":
        detail, mend = _conditions(arguments), "the release happens by itself once they are met"
    elif "field" in arguments:
        detail = f"{detail}: {_ascii(arguments['field'])}"
    contract = error.get("contract")
    return Problem(
        status=CONFLICT,
        code=_kebab(name),
        title="The contract refused" if contract else "The transaction was not made",
        detail=str(error["detail"]) if error.get("detail") else detail,
        mend=mend,
        contract_error=None
        if contract is None
        else {"contract": contract, "name": name, "arguments": arguments},
    )


def _conditions(arguments: dict[str, Any]) -> str:
    """Everything that stands between a tranche and its release."""
    found: dict[str, Any] = arguments.get("conditions") or {}
    unmet = [c.name for c in Condition if int(found.get("unmet", 0)) >> c & 1]
    kinds = {
        words: [k.name for k in EvidenceKind if int(found.get(field, 0)) >> k & 1]
        for field, words in (
            ("missing", "missing"),
            ("missing_twice", "missing a second, unrelated word"),
            ("blocking", "blocked by"),
        )
    }
    told = [f"{words} {', '.join(names)}" for words, names in kinds.items() if names]
    return "; ".join([f"not met: {', '.join(unmet)}", *told])


def _ascii(value: Any) -> str:
    return bytes.fromhex(str(value).removeprefix("0x")).rstrip(b"\0").decode("ascii", "replace")


def _spelled_out(name: str) -> str:
    """NotYetLapsed -> not yet lapsed"""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.partition("_")[2] or name)
    return words.lower()


def _kebab(name: str) -> str:
    """Financing_ConditionsNotMet -> financing-conditions-not-met"""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()
