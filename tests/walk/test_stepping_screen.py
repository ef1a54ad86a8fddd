"""The stepper's screen, by its keys."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, RichLog, Static

from entrepot.cli.answers import Narrator
from entrepot.cli.screen import Screen
from entrepot.devnet.cases.case import Case
from entrepot.devnet.cases.lanes import LANES
from entrepot.devnet.cases.stage import open_stage
from entrepot.devnet.cases.stepper import Stepper

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

SIZE = (150, 42)
Act = Callable[[Screen, Pilot[None]], Awaitable[None]]


def on_screen(case: Case, act: Act, lang: str = "en") -> None:
    """Lets somebody act on a screen over the case."""

    async def play(stepper: Stepper) -> None:
        screen = Screen(stepper, Narrator(case, lang))
        async with screen.run_test(size=SIZE) as pilot:
            await act(screen, pilot)

    with open_stage(case) as stage:
        asyncio.run(play(Stepper(case, stage)))


def shown(screen: Screen, name: str) -> str:
    return str(screen.query_one(f"#{name}", Static).render())


def said(screen: Screen) -> str:
    return "\n".join(line.text for line in screen.query_one("#log", RichLog).lines)


async def type_in(pilot: Pilot[None], text: str) -> None:
    """Types a command into the line that a key has opened, and sends it."""
    for letter in text:
        await pilot.press({" ": "space", "+": "plus", ".": "full_stop"}.get(letter, letter))
    await pilot.press("enter")
    await pilot.pause()


def test_keys_step_ask_and_go_back(held_case: Case) -> None:
    async def act(screen: Screen, pilot: Pilot[None]) -> None:
        await pilot.press("g")
        assert screen.query_one("#line", Input).value == "g "
        await type_in(pilot, "block 125")
        assert screen.stepper.place.block == 125
        assert "Vessel departed: Blue Meridian Lines" in shown(screen, "goods")
        await pilot.press("w")
        await pilot.pause()
        assert "China Customs, Ningbo would withdraw it" in said(screen)
        here = screen.stepper.place.number
        await pilot.press("s", "s", "o", "o")
        await pilot.pause()
        assert screen.stepper.place.number == here
        await pilot.press("n", "b")
        await pilot.press("d")
        await type_in(pilot, "125 128")
        assert "Tranche 2: pending → released" in said(screen)
        await pilot.press("question_mark")
        await pilot.pause()
        assert "go on to the next breakpoint" in said(screen)

    on_screen(held_case, act)


def test_every_lane_tells_its_own_and_the_scrubber_where_one_is(held_case: Case) -> None:
    async def act(screen: Screen, pilot: Pilot[None]) -> None:
        last = len(screen.stepper.places) - 1
        await pilot.press("g")
        await type_in(pilot, str(last))
        for lane, words in zip(
            LANES, ("订单", "提单", "还款", "importer.desk: TradeOrders.fulfil"), strict=True
        ):
            assert words in shown(screen, lane)
        assert f"{last}/{last}" in shown(screen, "scrubber")
        assert shown(screen, "scrubber").count("◆") == 3

    on_screen(held_case, act, lang="zh")


def test_a_wrong_command_is_told_and_changes_nothing(held_case: Case) -> None:
    async def act(screen: Screen, pilot: Pilot[None]) -> None:
        place = screen.stepper.place
        await pilot.press("colon")
        await type_in(pilot, "fly")
        assert "'fly' is no command" in said(screen)
        assert screen.stepper.place == place
        await pilot.press("colon")
        await type_in(pilot, "clock +1d")
        assert "now 2026" in said(screen)
        assert "now" in shown(screen, "state")

    on_screen(held_case, act)
