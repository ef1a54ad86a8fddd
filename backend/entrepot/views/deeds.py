"""What each call does, in a few words of both languages, for whoever is to sign it."""

from typing import Final

DEEDS: Final[dict[str, tuple[str, str]]] = {
    "Evidence.linkVoyage": ("Put an order aboard a voyage", "将订单装载于航次"),
    "Evidence.record": ("Attest a fact about an order", "就订单证明一项事实"),
    "Evidence.recordOnVoyage": ("Attest a fact about a voyage", "就航次证明一项事实"),
    "Evidence.withdraw": ("Take back a fact about an order", "撤回关于订单的事实"),
    "Evidence.withdrawFromVoyage": ("Take back a fact about a voyage", "撤回关于航次的事实"),
    "Financing.approve": ("Hand in signatures that approve a facility", "提交融资批准签名"),
    "Financing.claimCredit": ("Pay out what waits for a participant", "支付待付款项"),
    "Financing.claimRecourse": ("Call on the exporter after a default", "违约后向出口商追索"),
    "Financing.declareDefault": ("Declare a default", "宣布违约"),
    "Financing.decline": ("Decline a facility", "拒绝融资"),
    "Financing.enforceTitle": ("Take the pledged bill of lading", "行使提单质权"),
    "Financing.fund": ("Pay in a lender's share", "缴付贷款份额"),
    "Financing.lapse": ("End a tranche that was not drawn in time", "终止逾期未提款项"),
    "Financing.liftHold": ("Let releases go on", "解除暂停放款"),
    "Financing.placeHold": ("Stop releases", "暂停放款"),
    "Financing.release": ("Ask for a tranche to be released", "申请放款"),
    "Financing.repay": ("Repay a facility", "偿还融资"),
    "Financing.request": ("Ask for a facility", "申请融资"),
    "Financing.setBands": ("Say how many officers must sign", "设定审批签名人数"),
    "Financing.setLimit": ("Limit what is lent to an exporter", "设定出口商额度"),
    "Financing.setSandboxCap": ("Cap a corridor of the sandbox", "设定沙盒通道上限"),
    "Financing.writeOff": ("Agree to write a facility off", "同意核销融资"),
    "Participants.addKey": ("Add a key to your own", "添加本方密钥"),
    "Participants.register": ("Admit a member", "接纳成员"),
    "SettlementToken.approve": ("Let a contract draw a deposit", "授权合约划转存款"),
    "SettlementToken.mint": ("Issue a deposit", "发行存款"),
    "Titles.acceptSurrender": ("Accept a surrendered bill of lading", "接受提单交还"),
    "Titles.blankEndorse": ("Endorse a bill of lading in blank", "空白背书提单"),
    "Titles.endorse": ("Endorse a bill of lading", "背书提单"),
    "Titles.issue": ("Issue a bill of lading", "签发提单"),
    "Titles.offerPledge": ("Offer a bill of lading in pledge", "以提单出质"),
    "Titles.reissue": ("Issue an amended bill of lading", "签发更正提单"),
    "Titles.rejectSurrender": ("Reject a surrendered bill of lading", "拒绝提单交还"),
    "Titles.sign": ("Leave a mark on a bill of lading", "在提单上签注"),
    "Titles.surrender": ("Surrender a bill of lading to the carrier", "向承运人交还提单"),
    "Titles.transfer": ("Hand over a bill of lading", "转让提单占有"),
    "Titles.withdrawPledgeOffer": ("Withdraw an offer of pledge", "撤回出质要约"),
    "TradeOrders.accept": ("Accept an order", "接受订单"),
    "TradeOrders.cancel": ("Withdraw an order", "撤销订单"),
    "TradeOrders.closeDispute": ("Close a dispute", "终结争议"),
    "TradeOrders.dispute": ("Dispute an order", "对订单提出争议"),
    "TradeOrders.fulfil": ("Confirm an order's fulfilment", "确认订单履行"),
    "TradeOrders.place": ("Place an order", "下订单"),
}


def deed_in_words(verb: str) -> dict[str, str]:
    """English and Chinese; the verb itself where it has no words."""
    english, chinese = DEEDS.get(verb, (verb, verb))
    return {"en": english, "zh": chinese}
