"""Words in two languages: those of the ledger are the console's, these are the command line's."""

from datetime import datetime

from entrepot.console.language import catalogue
from entrepot.domain.money import Money
from entrepot.views.values import Party
from entrepot.views.words import CONDITIONS, kind_in_words, state_in_words

ZH = {
    "Statement": "结算报告",
    "Order": "订单",
    "Facility": "融资",
    "Title": "提单",
    "in possession of": "持有人",
    "Released": "放款",
    "Tranche": "第几笔",
    "When": "时间",
    "Amount": "金额",
    "Block": "区块",
    "Transaction": "交易",
    "on": "依据",
    "two unrelated": "须两个无关联方印证",
    "waited, though all the rest was there": "其余俱备而等待",
    "withdrawn": "已撤回",
    "other rules, as in the decision below": "项其他规则，逐项见下文的决定",
    "paid": "到账",
    "blocks after": "个区块之后，事件为",
    "block after": "个区块之后，事件为",
    "Balances, in minor units": "余额（最小货币单位）",
    "Sum": "合计",
    "Rules": "规则",
    "Decision": "决定",
    "met": "满足",
    "not met": "不满足",
    "decided at block": "决定于区块",
    "deciding again gives the same": "重新判定结果相同",
    "deciding again gives another answer": "重新判定结果不同",
    "by rules": "依据规则",
    "missing": "缺少",
    "missing a second, unrelated attester": "缺少第二个无关联的见证方",
    "stands against it until it is withdrawn": "在撤回之前不得放款",
    "Audit": "审计",
    "answers compared with the contracts at block": "项与合约逐一核对，区块",
    "differences": "处差异",
    "Digest": "摘要",
    "block": "区块",
    "listening as": "正在监听，身份为",
    "sign with": "签名密钥",
    "not handed on": "未能转发",
    "comes as": "事件类型",
    "made happen on order": "已在订单上触发",
    "over its limit": "超出额度",
    "Stopped": "未放款",
    "Nobody signs": "不予签署",
    "Breaches": "违约情形",
    "no money moves": "不予放款",
    "was taken back": "已被撤回",
    "nobody has attested it": "无人见证",
    "does not hold": "不满足",
    "in breach": "出现违约情形",
    "came after the money went out": "于放款之后出现",
    "was taken back after the money went out": "于放款之后被撤回",
    "looks like the goods of another order": "疑似与另一订单为同一批货物",
    "the same invoice": "同一发票",
    "the same seller and invoice number, with another date or amount": (
        "卖方与发票号码相同，日期或金额不同"
    ),
    "the same seller, and an invoice number that reads alike": "卖方相同，发票号码相近",
    "the same carrier, and a bill of lading whose number reads alike": "承运人相同，提单号码相近",
    "the same customs declaration": "同一报关单",
    "the same container, shipped within two weeks": "同一集装箱，两周内装运",
}


class Words:
    """What things are called in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._ledger = catalogue(lang)

    def __call__(self, text: str) -> str:
        """One of our own phrases."""
        return ZH.get(text, text) if self.lang == "zh" else text

    def kind(self, kind: str) -> str:
        return self._ledger.gettext(kind_in_words(kind))

    def state(self, state: str) -> str:
        return self._ledger.gettext(state_in_words(state))

    def event(self, words: str) -> str:
        """What happened, as the views say it."""
        return self._ledger.gettext(words)

    def condition(self, condition: str) -> str:
        return self._ledger.gettext(CONDITIONS.get(condition, condition))

    def party(self, party: Party | None) -> str:
        """The name that the reader reads."""
        if party is None:
            return "—"
        return (party.name_zh or party.name) if self.lang == "zh" else party.name

    def money(self, minor: int, currency: str) -> str:
        """`USD 256,800.00`."""
        whole, _, cents = Money(minor, currency).to_decimal_string().partition(".")
        sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        return f"{currency} {sign}{int(digits):,}" + (f".{cents}" if cents else "")


def short(text: str) -> str:
    """0x8f1c…55aa: enough of a hash to recognise it."""
    return text if len(text) <= 14 else f"{text[:6]}…{text[-4:]}"


def when(text: str | None) -> str:
    """2026-11-06 07:00:09 of an RFC 3339 time in UTC."""
    return (text or "—").replace("T", " ").removesuffix("Z")


def age(since: datetime, now: datetime) -> str:
    """How long ago, in whole seconds: 7 s."""
    return f"{int((now - since).total_seconds())} s"
