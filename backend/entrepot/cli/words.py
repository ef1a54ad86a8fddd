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
    "All conditions met": "条件俱备",
    "Conditions not met": "条件未备",
    "Deposit moved": "存款划转",
    "Deposit credited": "存款入账",
    "Deposit may be drawn on": "授权划扣存款",
    "order": "订单",
    "goods": "货物",
    "money": "资金",
    "chain": "链",
    "limit": "额度",
    "next business event": "下一业务事件",
    "back to the one before": "退回上一事件",
    "step into: block, call, event": "进入：区块、调用、事件",
    "one step back, of any kind": "退一步（任意层级）",
    "go to place N; `g block N`: to block N": "前往第 N 处；`g block N` 前往区块",
    "go on to the next breakpoint": "运行至下一断点",
    "stop at an event, at `revert` or at `refused`": "停于某事件、`revert` 或 `refused`",
    "stop where it becomes true": "停于条件成立处",
    "why does the money wait, and what would let it go; `w 2`: tranche 2": (
        "为何未放款、如何可放；`w 2`：第二笔"
    ),
    "what differs between blocks A and B": "区块 A 与 B 的差异",
    "let time run: d, h, m, s": "推进时间：d、h、m、s",
    "let time run until then": "推进时间至该日",
    "every name that conditions know, with its value; `p CONDITION`: one": "列出可用名称及其值",
    "this help": "帮助",
    "what if": "假如",
    "as it was": "实际",
    "as it would be": "假设",
    "refused": "被拒",
    "what if: a second devnet from here on, compared at the end": "假如：另起一链，末尾对照",
    "stops": "将停于",
    "stopped": "停于",
    "at the end": "已到末尾",
    "reverted": "已回退",
    "or": "或",
    "nobody has asked for a facility yet": "尚无融资申请",
    "not judged before all lenders have paid in": "各出资方缴足之前不作判定",
    "all conditions hold; the money goes out next": "条件俱备，即将放款",
    "the order names nobody for it": "订单未指定见证方",
    "would attest it": "可予见证",
    "would attest it, too": "可再予见证",
    "would withdraw it": "可予撤回",
    "every lender approves and pays in": "各出资方批准并缴足",
    "nothing: it was released or has lapsed": "无从满足：已放款或已失效",
    "time: see the tranche's dates": "待期限到来：见该笔的日期",
    "the regulator lifts its hold": "监管方解除冻结",
    "the importer accepts the order as it is now, or the dispute is resolved": (
        "进口商接受现行订单，或争议得到解决"
    ),
    "the lenders approve again, on the evidence as it is now": "各出资方依现有证据重新批准",
    "the holder endorses the bill and offers it in pledge for this facility": (
        "持有人背书提单并为本笔融资提供质押"
    ),
    "the participants are active again": "各参与方恢复有效",
    "repayments, or a higher limit of the lender": "还款，或出资方提高额度",
    "repayments, or a higher cap of the regulator": "还款，或监管方提高上限",
    "more cash in the reserve": "增缴准备金",
    "the other financing of these goods ends": "同一货物的另一笔融资结束",
    "the exporter settles the recourse claim": "出口商清偿追索",
    "Goods in the register": "登记簿中的货物",
    "States": "状态",
    "Balances": "余额",
    "Documents": "单据",
    "Journal": "分录",
    "Told to members, and to their webhooks": "告知各方（含 webhook）",
    "nothing differs": "无差异",
    "now": "现为",
    "any move goes back": "任何移动即返回记录",
    "interest": "利息",
    "penalty": "罚息",
    "outstanding": "未偿本金",
    "escrow": "托管",
    "reserve": "准备金",
    "reserved": "已登记",
    "committed": "已占用",
    "possessor": "持有人",
    "pledged for": "质押于",
    "version": "版本",
    "held": "冻结",
    "held before it is signed": "签名前暂缓放款",
    "deposit": "存款",
    "rail": "支付通道",
    "claim": "债权",
    "debt": "债务",
    "earned": "收益",
    "charged": "费用",
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
    "forget all breakpoints": "清除全部断点",
    "no breakpoints": "无断点",
    "Forget them": "清除",
    "Replay": "重放",
    "Cases": "案例",
    "Opening one founds a devnet of its own in memory; that takes some seconds.": (
        "打开案例将在内存中新建一个开发网，需数秒。"
    ),
    "No case is in this folder yet.": "此文件夹尚无案例。",
    "Not here": "此处没有",
    "There is no such case or page here, or the form came from another one. Nothing was moved.": (
        "没有该案例或页面，或表单来自别处。未作任何移动。"
    ),
    "Go": "前往",
    "Place": "位置",
    "money goes out": "放款",
    "Back": "上一事件",
    "Next event": "下一事件",
    "Step back": "退一步",
    "Step into": "进入",
    "To the breakpoint": "至断点",
    "Why?": "为何",
    "All facts": "全部事实",
    "Answer": "答复",
    "Ask why money waits, or what differs between two blocks.": (
        "可问为何未放款，或两区块之间有何差异。"
    ),
    "How it stands": "现状",
    "off the record": "在记录之外",
    "Breakpoints": "断点",
    "Ask": "提问",
    "Go to block": "前往区块",
    "Stop at an event": "停于事件",
    "Stop when": "停于条件",
    "What differs between blocks": "比较区块",
    "and block": "与区块",
    "Let time run": "推进时间",
    "Let time run until": "推进时间至",
    "What if": "假如",
    "Any command": "任意命令",
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
