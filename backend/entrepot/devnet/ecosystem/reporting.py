"""What one or more years came to, as sections with a table each, in English or Chinese."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from entrepot.devnet.ecosystem import costing, figures
from entrepot.devnet.ecosystem.running import Outcome

Say = Callable[[str, str], str]
"""Chooses among the English and the Chinese words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """head: the columns' names; rows: a name and its values. bars: by which columns bars are
    drawn, none where there is nothing to see; alike: they are of one unit, and one scale."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    bars: tuple[int, ...] = ()
    alike: bool = False


def speaker(lang: str) -> Say:
    return lambda en, zh: zh if lang == "zh" else en


def sections(outcomes: Sequence[Outcome], lang: str) -> Iterator[Section]:
    """Of the largest year everything, and of all of them how it grows."""
    say, largest = speaker(lang), outcomes[-1]
    yield _summary(largest, say)
    yield _time(largest, say)
    yield _stopped(largest, say)
    yield _debt(largest, say)
    yield _gas(largest, say)
    yield _bytes(largest, say)
    yield _cost(largest, say)
    yield _growth(outcomes, say)
    yield _sources(say)


def per_order(outcome: Outcome) -> dict[str, float]:
    """Gas, bytes and time by order, and by order that was financed."""
    counts = outcome.counts
    orders = counts["orders"]
    return {
        "gas": sum(outcome.gas.values()) / orders,
        "call_bytes": counts["call_bytes"] / orders,
        "log_bytes": counts["log_bytes"] / orders,
        "database_bytes": outcome.database_bytes / orders,
        "engine_ms": 1000 * outcome.took.engine_s / orders,
        "chain_ms": 1000 * outcome.took.chain_s / orders,
    }


def bad_debt(outcome: Outcome) -> float:
    """The part of what was lent that was never paid by the debtor: borne by reserve or lender."""
    lost = outcome.money.get("covered", 0) + outcome.money.get("loss", 0)
    return lost / max(outcome.money.get("released", 0), 1)


def _summary(outcome: Outcome, say: Say) -> Section:
    counts, money = outcome.counts, outcome.money
    rows = [
        (say("firms", "企业"), outcome.firms),
        (say("days", "天数"), outcome.days),
        (say("orders", "订单"), counts["orders"]),
        (say("financing asked for", "申请融资"), counts.get("asked", 0)),
        (say("financed", "已融资"), counts.get("funded", 0)),
        (say("tranches released", "已放款笔数"), counts.get("released", 0)),
        (say("lent, USD", "放款额（美元）"), money.get("released", 0) // 100),
        (say("repaid in full", "已全额偿还"), counts.get("repaid", 0)),
        (say("of these after maturity", "其中逾期"), counts.get("late", 0)),
        (say("blocks", "区块"), counts["blocks"]),
        (say("calls that failed on the chain", "链上失败的调用"), counts.get("failed", 0)),
    ]
    return Section(
        title=say("The year", "全年概况"),
        note=say(
            f"Seed {outcome.seed}, scale {outcome.scale:g}. Digest of all tables: {outcome.digest}",
            f"种子 {outcome.seed}，规模 {outcome.scale:g}。所有表的摘要：{outcome.digest}",
        ),
        head=(say("what", "项目"), say("how many", "数量")),
        rows=tuple((name, f"{value:,}") for name, value in rows),
    )


def _time(outcome: Outcome, say: Say) -> Section:
    days = figures.PAPER_DAYS.value
    return Section(
        title=say("From the last evidence to the money", "从最后一项凭证到放款"),
        note=say(
            "Seconds of the chain, whose blocks are one second apart while something happens; on "
            f"paper {days:g} days ({figures.PAPER_DAYS.source}).",
            "链上秒数；有事发生时每秒一个区块。"
            f"纸质流程约 {days:g} 天（{figures.PAPER_DAYS.source}）。",
        ),
        head=(say("seconds after", "之后秒数"), say("releases", "放款笔数")),
        rows=tuple((f"{after:,}", f"{n:,}") for after, n in outcome.seconds.items()),
        bars=(1,),
    )


REASONS_ZH = {
    "lender declines": "贷款方拒绝",
    "clearance withdrawn": "出口放行被撤回",
    "customs hold, lifted later": "海关扣留，后解除",
}


def _stopped(outcome: Outcome, say: Say) -> Section:
    asked = max(outcome.counts.get("asked", 0), 1)
    return Section(
        title=say("Stopped, and why", "被拦截的融资及原因"),
        note=say("Of those that asked for financing.", "占申请融资的比例。"),
        head=(say("why", "原因"), say("how many", "数量"), "%"),
        rows=tuple(
            (
                say(why, REASONS_ZH.get(why, why.replace("goods given twice", "货物重复用于融资"))),
                f"{n:,}",
                f"{100 * n / asked:.2f}",
            )
            for why, n in outcome.stopped.items()
        ),
        bars=(1,),
    )


def _debt(outcome: Outcome, say: Say) -> Section:
    money = outcome.money
    rows = [
        (say("lent", "放款"), money.get("released", 0)),
        (say("principal the reserve paid", "准备金承担的本金"), money.get("covered", 0)),
        (say("principal the lenders lost", "贷款方损失的本金"), money.get("loss", 0)),
    ]
    share = 100 * bad_debt(outcome)
    count = outcome.counts.get("defaulted", 0)
    return Section(
        title=say("Bad debt", "坏账"),
        note=say(
            f"Defaults: {count}; {share:.3f} % of what was lent. Made after "
            f"{figures.DEFAULTS.source}: it shows that a default is settled, not how many come.",
            f"违约 {count} 笔，占放款 {share:.3f} %。按 {figures.DEFAULTS.source} 设定："
            "说明违约如何结清，而非预测多少。",
        ),
        head=(say("what", "项目"), "USD"),
        rows=tuple((name, f"{value / 100:,.2f}") for name, value in rows),
        bars=(1,),
    )


def _gas(outcome: Outcome, say: Say) -> Section:
    total = sum(outcome.gas.values())
    dearest = sorted(outcome.gas.items(), key=lambda item: -item[1])
    return Section(
        title=say("Gas by verb", "各操作的 gas"),
        note=say(
            f"{per_order(outcome)['gas']:,.0f} gas an order. Without bills of lading on the chain.",
            f"每笔订单 {per_order(outcome)['gas']:,.0f} gas；不含链上提单。",
        ),
        head=(
            say("verb", "操作"),
            say("gas", "gas"),
            say("calls", "次数"),
            say("gas each", "每次 gas"),
            "%",
        ),
        rows=tuple(
            (
                verb,
                f"{gas:,}",
                f"{outcome.calls[verb]:,}",
                f"{gas // outcome.calls[verb]:,}",
                f"{100 * gas / total:.1f}",
            )
            for verb, gas in dearest
        ),
        bars=(1,),
    )


def _bytes(outcome: Outcome, say: Say) -> Section:
    each = per_order(outcome)
    rows = [
        (say("calldata", "调用数据"), each["call_bytes"]),
        (say("logs", "日志"), each["log_bytes"]),
        (say("database with its indexes", "数据库（含索引）"), each["database_bytes"]),
    ]
    return Section(
        title=say("Bytes an order", "每笔订单字节数"),
        note=say(
            "On the chain and in PostgreSQL; documents are kept elsewhere and not counted.",
            "链上与 PostgreSQL 中；文件另存，不计入。",
        ),
        head=(say("where", "位置"), say("bytes", "字节")),
        rows=tuple((name, f"{value:,.0f}") for name, value in rows),
        bars=(1,),
    )


def _cost(outcome: Outcome, say: Say) -> Section:
    steps = costing.steps(outcome)
    paper, here = sum(s.paper_usd for s in steps), sum(s.here_usd for s in steps)
    saved = 100 * (1 - here / paper) if paper else 0.0
    total = (say("together", "合计"), f"{paper:,.2f}", f"{here:,.2f}")
    return Section(
        title=say("Cost of a financed order, beside paper", "每笔融资订单的成本与纸质流程对比"),
        note=say(
            f"{saved:.0f} % less, if the assumptions below hold: minutes and wages are assumed.",
            f"若下列假设成立，节省 {saved:.0f} %：工时与工资均为假设。",
        ),
        head=(
            say("step", "步骤"),
            say("paper, USD", "纸质（美元）"),
            say("here, USD", "本平台（美元）"),
        ),
        rows=(
            *((say(s.name, s.name_zh), f"{s.paper_usd:,.2f}", f"{s.here_usd:,.2f}") for s in steps),
            total,
        ),
        bars=(1, 2),
        alike=True,
    )


def _growth(outcomes: Sequence[Outcome], say: Say) -> Section:
    def row(outcome: Outcome) -> tuple[str, ...]:
        each, took = per_order(outcome), outcome.took
        values = (
            f"{outcome.counts['orders']:,}",
            f"{each['gas']:,.0f}",
            f"{each['log_bytes'] + each['call_bytes']:,.0f}",
            f"{each['database_bytes']:,.0f}",
            f"{each['engine_ms']:,.0f}",
            f"{each['chain_ms']:,.0f}",
            f"{took.memory_mb:,}",
        )
        return f"{outcome.scale:g}", *values

    return Section(
        title=say("How it grows with the scale", "随规模的变化"),
        note=say(
            "Times are of this machine and run, whatever else it did; the rest is the same on any.",
            "时间取决于本机及其当时负载；其余数字在任何机器上相同。",
        ),
        head=(
            say("scale", "规模"),
            say("orders", "订单"),
            say("gas an order", "每单 gas"),
            say("bytes on the chain an order", "每单链上字节"),
            say("database bytes an order", "每单数据库字节"),
            say("engine, ms an order", "引擎 毫秒/单"),
            say("chain, ms an order", "链 毫秒/单"),
            say("memory, MB", "内存 MB"),
        ),
        rows=tuple(row(outcome) for outcome in outcomes),
        bars=(2, 4, 5),
    )


def _sources(say: Say) -> Section:
    return Section(
        title=say("Figures the year is made after", "所依据的数字"),
        note=say("What nobody has published is an assumption.", "没有公开来源的数字均标为假设。"),
        head=(say("figure", "数字"), say("value", "值"), say("source", "来源")),
        rows=tuple(
            (
                say(f.name, f.name_zh),
                f"{f.value:g} {f.unit}",
                say(f.source, "假设") if f.source == figures.ASSUMED else f.source,
            )
            for f in figures.ALL
        ),
    )


def lines(outcomes: Sequence[Outcome], lang: str) -> Iterator[str]:
    """The sections as plain text."""
    for section in sections(outcomes, lang):
        yield section.title
        yield f"  {section.note}"
        widths = [max(map(len, column)) for column in zip(section.head, *section.rows, strict=True)]
        for row in (section.head, *section.rows):
            name, *values = row
            told = "  ".join(v.rjust(w) for v, w in zip(values, widths[1:], strict=True))
            yield f"  {name.ljust(widths[0])}  {told}".rstrip()
        yield ""
