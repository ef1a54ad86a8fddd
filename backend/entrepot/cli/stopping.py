"""Why money waits, and what no longer holds of money that went out, in plain words."""

from collections.abc import Iterable, Iterator

from entrepot.cli.words import Words, short
from entrepot.views.attestations import Proof
from entrepot.views.breaches import BreachView
from entrepot.views.matches import NearMatchView
from entrepot.views.stops import Stop


def stops_in_words(stops: Iterable[Stop], words: Words) -> Iterator[str]:
    """The lines: for each waiting tranche every fact against it, and every one that is lacking."""
    for stop in stops:
        yield f"  {words('Tranche')} {stop.tranche + 1}: {words('no money moves')}"
        against = words("stands against it until it is withdrawn")
        for proof in stop.adverse:
            yield f"     ✗ {_fact(proof, words)}: {against}"
        for lack in stop.lacks:
            for proof in lack.withdrawn:
                yield f"     ✗ {_fact(proof, words)}: {words('was taken back')}"
            if not lack.withdrawn:
                yield f"     ○ {words.kind(lack.kind)}: {words('nobody has attested it')}"
        for hold in stop.holds:
            who, why = words.party(hold.holder), f": {hold.reason}" if hold.reason else ""
            yield f"     ✗ {words('held before it is signed')}: {who}, {hold.held_at}{why}"
        for condition in stop.unmet:
            yield f"     ○ {words('does not hold')}: {words.condition(condition)}"


def matches_in_words(matches: Iterable[NearMatchView], words: Words) -> Iterator[str]:
    """The lines: for each near match the order's own papers, and what makes them look alike."""
    for match in matches:
        yield f"  {words('looks like the goods of another order')}:"
        for paper in match.papers:
            yield f"     ✗ {words.kind(paper.kind)} {paper.reference}, {short(paper.document_id)}"
        for alike in match.alike:
            yield f"       {words(alike.text)}"


def breaches_in_words(breaches: Iterable[BreachView], words: Words) -> Iterator[str]:
    """The lines: for each released tranche what came, or was taken back, after its money."""
    for breach in breaches:
        mended = breach.mended_block
        until = f"–{mended}" if mended is not None else ""
        place = f"{words('block')} {breach.block}{until}"
        yield f"  {words('Tranche')} {breach.tranche + 1}: {words('in breach')}, {place}"
        for cause in breach.causes:
            what = "was taken back after the money went out"
            if cause.cause == "ADVERSE":
                what = "came after the money went out"
            for proof in cause.evidence:
                yield f"     ✗ {_fact(proof, words)}: {words(what)}"
            if not cause.evidence:
                yield f"     ✗ {words.kind(cause.kind)}: {words(what)}"


def _fact(proof: Proof, words: Words) -> str:
    place = f"{words('block')} {proof.block}, {short(proof.evidence_id)}"
    return f"{words.kind(proof.kind)}: {words.party(proof.attester)}, {place}"
