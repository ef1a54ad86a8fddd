"""The report as one page that needs nothing besides itself: no script, no request."""

from collections.abc import Sequence
from html import escape

from entrepot.devnet.ecosystem.charts import bars, number
from entrepot.devnet.ecosystem.reporting import Section, sections, speaker
from entrepot.devnet.ecosystem.running import Outcome

STYLE = """
:root { color-scheme: light dark; --page: light-dark(#f6f7f9, #0f1318);
  --card: light-dark(#fff, #171d25); --text: light-dark(#16202c, #e6ebf1);
  --quiet: light-dark(#55616f, #9fb0c2); --line: light-dark(#d6dce3, #2b3541);
  --accent: light-dark(#0b5cad, #6cb4ff) }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, "Noto Sans CJK SC", sans-serif }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 1rem 1.25rem; margin: 1rem 0; overflow-x: auto }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin: 0 }
h3 { font-size: .9rem; margin: 1rem 0 .25rem; color: var(--quiet) }
p { color: var(--quiet); margin: .25rem 0 .75rem; overflow-wrap: anywhere }
svg { display: block; width: 100%; max-width: 45rem; height: auto }
rect { fill: var(--accent) }
text { fill: var(--text); font-size: 13px; dominant-baseline: central }
text.name { text-anchor: end }
table { border-collapse: collapse; margin-top: .75rem; font-size: .9rem;
  font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .25rem .75rem; border-bottom: 1px solid var(--line);
  vertical-align: top }
th:first-child, td:first-child, .words td, .words th { text-align: left; padding-left: 0 }
"""


def page(outcomes: Sequence[Outcome], lang: str) -> str:
    """HTML of the sections, each chart with its numbers as a table."""
    say = speaker(lang)
    title = say("A synthetic year of the ecosystem", "生态系统合成年度")
    note = say(
        "Played with invented firms on the real contracts and the real engine. No figure here was "
        "observed in trade.",
        "以虚构企业在真实合约与真实引擎上运行；本页数字并非来自真实贸易。",
    )
    body = "".join(_section(section) for section in sections(outcomes, lang))
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1><p>{escape(note)}</p>{body}</body></html>\n"
    )


def _section(section: Section) -> str:
    names = [row[0] for row in section.rows]
    most = {i: max((number(row[i]) for row in section.rows), default=0.0) for i in section.bars}
    if section.alike:
        most = dict.fromkeys(most, max(most.values()))
    charts = "".join(
        (f"<h3>{escape(section.head[i])}</h3>" if len(section.bars) > 1 else "")
        + bars(
            names, [row[i] for row in section.rows], f"{section.title}: {section.head[i]}", most[i]
        )
        for i in section.bars
        if names
    )
    return (
        f"<section><h2>{escape(section.title)}</h2><p>{escape(section.note)}</p>"
        f"{charts}{_table(section)}</section>"
    )


def _table(section: Section) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in section.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>"
        for row in section.rows
    )
    words = "" if section.bars else ' class="words"'
    return f"<table{words}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
