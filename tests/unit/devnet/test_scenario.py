"""Scenario files: what is read, what is refused, and how names are put in."""

from pathlib import Path

import pytest

from entrepot.devnet.scenario import ScenarioError, fill, input_file, load, pick

SCENARIOS = Path(__file__).parents[3] / "hardhat-free-devnet" / "scenarios"

HEAD = """
title = "t"
title_zh = "t"
start = 2026-11-02T00:00:00Z
cast = "parties.toml"
[expect]
releases = 0
facility_state = "REQUESTED"
order_state = "PLACED"
title_possessor = ""
deposits = {}
"""


def written(folder: Path, text: str, name: str = "s.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_scenario_of_ours_can_be_read(path: Path) -> None:
    if not path.stem.startswith("parties"):
        assert load(path).steps


def test_times_run_forward_in_every_scenario() -> None:
    for name in ("straight-walk", "customs-hold", "amended-bill"):
        times = [step.at for step in load(SCENARIOS / f"{name}.toml").steps if step.at]
        assert times == sorted(times)


def test_variation_puts_its_steps_after_the_named_ones() -> None:
    base, varied = load(SCENARIOS / "straight-walk.toml"), load(SCENARIOS / "customs-hold.toml")
    names = [step.name for step in varied.steps]
    added = [step for step in varied.steps if step not in base.steps]
    assert [step for step in varied.steps if step not in added] == base.steps
    assert varied.steps[names.index("cleared for export") + 1] in added
    assert varied.name == "customs-hold"


def test_unknown_key_is_refused(tmp_path: Path) -> None:
    text = HEAD + '[[steps]]\nsay = "s"\nactor = "exporter"\npots = "/v1/orders"\n'
    with pytest.raises(ScenarioError, match="pots"):
        load(written(tmp_path, text))


def test_step_that_does_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="step 1 needs either"):
        load(written(tmp_path, HEAD + '[[steps]]\nsay = "s"\n'))


def test_variation_after_a_step_that_is_not_there_is_refused(tmp_path: Path) -> None:
    written(tmp_path, HEAD + '[[steps]]\nsay = "s"\nuntil = "/v1/chain"\n', "base.toml")
    varied = 'base = "base.toml"\ntitle = "t"\ntitle_zh = "t"\n' + HEAD[HEAD.index("[expect]") :]
    varied += '[[insert]]\nafter = "nowhere"\nsteps = []\n'
    with pytest.raises(ScenarioError, match="no step named 'nowhere'"):
        load(written(tmp_path, varied))


@pytest.mark.parametrize("name", ["../outside.xml", "none.xml"])
def test_file_outside_of_the_folder_or_missing_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (tmp_path / "outside.xml").write_text("<x/>")
    with pytest.raises(ScenarioError, match="no such file"):
        input_file(folder, name)


def test_missing_scenario_says_which(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none\.toml"):
        load(tmp_path / "none.toml")


def test_fill_puts_names_in_at_any_depth() -> None:
    value = {"a": ["/v1/{order}", 7], "b": {"c": "{order}-{title}"}}
    names = {"order": "0x1", "title": "0x2"}
    assert fill(value, names) == {"a": ["/v1/0x1", 7], "b": {"c": "0x1-0x2"}}


def test_fill_of_an_unknown_name_says_so() -> None:
    with pytest.raises(ScenarioError, match=r"\{order\} is not known yet"):
        fill("/v1/orders/{order}", {})


def test_pick_follows_a_dotted_path_through_lists() -> None:
    answer = {"tranches": [{"state": "PENDING"}, {"state": "RELEASED"}]}
    assert pick(answer, "tranches.1.state") == "RELEASED"


@pytest.mark.parametrize("path", ["tranches.2.state", "tranches.x", "none"])
def test_pick_of_what_is_not_there_says_so(path: str) -> None:
    with pytest.raises(ScenarioError, match="the answer has no"):
        pick({"tranches": []}, path)


def test_every_scenario_of_ours_has_its_line_in_the_readme() -> None:
    readme = (SCENARIOS / "README.md").read_text()
    names = {path.stem for path in SCENARIOS.glob("*.toml")} - {"parties", "parties-traders"}
    assert {name for name in names if f"| `{name}`" not in readme} == set()


def test_step_is_repeated_under_numbered_names(tmp_path: Path) -> None:
    step = """
[[steps]]
say = "order {n}"
actor = "exporter"
post = "/v1/orders"
times = 3
save = { "order_{n}" = "result.order_id" }
body = { reference = "PO-{n}", at = 2026-11-02T00:00:00Z }
"""
    (tmp_path / "parties.toml").write_text("")
    steps = load(written(tmp_path, HEAD + step)).steps
    assert [each.body["reference"] for each in steps if each.body] == ["PO-1", "PO-2", "PO-3"]
    assert [list(each.save) for each in steps] == [["order_1"], ["order_2"], ["order_3"]]


def test_variation_leaves_steps_of_its_base_out() -> None:
    names = [step.name for step in load(SCENARIOS / "late-title.toml").steps]
    assert "departed" in names
    assert "pledge offered" not in names


def test_variation_of_a_variation_is_played_with_the_steps_of_both() -> None:
    base, varied = (
        load(SCENARIOS / f"{name}.toml") for name in ("reused-container", "many-receipts")
    )
    assert varied.steps[: len(base.steps)] == base.steps
    assert len(varied.steps) > len(base.steps)


def test_request_and_call_in_one_step_are_refused(tmp_path: Path) -> None:
    step = '[[steps]]\nsay = "s"\nactor = "a"\npost = "/v1/orders"\ncall = "Evidence.record"\n'
    with pytest.raises(ScenarioError, match="step 1 needs either"):
        load(written(tmp_path, HEAD + step))
