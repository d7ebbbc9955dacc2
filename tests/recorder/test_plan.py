"""Commands, grid, seeds and repeats become runs with every placeholder filled in."""

import pytest

from artifactpack.errors import ConfigError
from artifactpack.models.config import Command, Config
from artifactpack.recorder.plan import command_digest, plan_runs, run_key
from artifactpack.recorder.typed import seconds

TRAIN = Command(
    run=("{python}", "train.py", "--seed", "{seed}", "--data", "{dataset}", "--out", "{out}"),
    seeds=(0, 1),
    matrix={"dataset": ("digits", "wine")},
    weights=("{out}/model.pt",),
)
EVALUATE = Command(run=("{python}", "eval.py", "{train.weights}", "{train.out}"), needs=("train",))


def ids(command, seed):
    ids.count += 1
    return f"r{ids.count}"


@pytest.fixture(autouse=True)
def fresh():
    ids.count = 0


def plan(commands, *names, **more):
    return plan_runs(Config(commands=commands), names, fresh_id=ids, **more)


def test_grid_times_seeds_times_repeats():
    plans = plan({"train": TRAIN}, repeat=2)
    assert len(plans) == 2 * 2 * 2
    assert plans[0].argv == (
        "{python}",
        "train.py",
        "--seed",
        "0",
        "--data",
        "digits",
        "--out",
        ".artifactpack/runs/r1/out",
    )
    assert plans[0].weights == (".artifactpack/runs/r1/out/model.pt",)
    assert len({p.key for p in plans}) == 8


def test_a_run_is_paired_with_one_of_its_cell_and_seed():
    plans = plan({"train": TRAIN, "evaluate": EVALUATE}, "evaluate")
    trained = {p.id: p for p in plans if p.command == "train"}
    evaluated = [p for p in plans if p.command == "evaluate"]
    assert len(evaluated) == 4
    for one in evaluated:
        (need,) = one.needs
        assert (trained[need].cell, trained[need].seed) == (one.cell, one.seed)
        assert one.argv[2:] == (f".artifactpack/runs/{need}/out/model.pt", f".artifactpack/runs/{need}/out")


def test_what_is_done_is_not_planned_but_paired_with():
    done = {run_key("train", {"dataset": d}, s, 0): f"{d}{s}" for d in ("digits", "wine") for s in (0, 1)}
    plans = plan({"train": TRAIN, "evaluate": EVALUATE}, done=done)
    assert [p.command for p in plans] == ["evaluate"] * 4
    assert {p.needs[0] for p in plans} == {"digits0", "digits1", "wine0", "wine1"}


def test_a_run_whose_partner_runs_anew_runs_anew():
    done = {run_key("evaluate", {"dataset": d}, s, 0): f"{d}{s}" for d in ("digits", "wine") for s in (0, 1)}
    plans = plan({"train": TRAIN, "evaluate": EVALUATE}, done=done)
    assert [p.command for p in plans] == ["train"] * 4 + ["evaluate"] * 4


@pytest.mark.parametrize(
    ("word", "said"),
    [
        pytest.param("{sead}", "did you mean {seed}?", id="nearest"),
        pytest.param("{train.weight}", "add 'train' to commands.evaluate.needs", id="not-needed"),
        pytest.param("{zzzzzz}", "known: {python}, {seed}, {out}", id="known-ones"),
    ],
)
def test_unknown_placeholder_names_the_nearest(word, said):
    with pytest.raises(ConfigError) as caught:
        plan({"train": TRAIN, "evaluate": Command(run=("x", word))}, "evaluate")
    assert word in str(caught.value) and said in str(caught.value)
    assert "commands.evaluate.run" in str(caught.value)


def test_all_faults_at_once():
    with pytest.raises(ConfigError) as caught:
        plan({"a": Command(run=("{one}", "{two}"), metrics=("{three}",))})
    assert all(word in str(caught.value) for word in ("{one}", "{two}", "{three}"))


@pytest.mark.parametrize("text", ['{"a": 1}', "{}", "{ seed }", "a{1}b", "{{seed}}"])
def test_other_braces_are_left_alone(text):
    (made,) = plan({"a": Command(run=("x", text))})
    assert made.argv[1] == text.replace("{{", "{").replace("}}", "}")


def test_several_weights_become_several_words():
    two = Command(run=("t",), weights=("{out}/a.pt", "b.pt"))
    plans = plan({"t": two, "e": Command(run=("x", "{t.weights}"), needs=("t",))}, "e")
    assert plans[1].argv == ("x", ".artifactpack/runs/r1/out/a.pt", ".artifactpack/runs/r1/outputs/b.pt")


def test_paths_are_seen_from_the_commands_folder():
    (made,) = plan({"a": Command(run=("x", "{out}"), cwd="sub", metrics=("m.json", "{out}/n.json"))})
    assert made.argv[1] == "../.artifactpack/runs/r1/out"
    assert made.metrics == ("sub/m.json", ".artifactpack/runs/r1/out/n.json")


def test_a_circle_is_an_error():
    with pytest.raises(ConfigError, match="a → b → a"):
        plan({"a": Command(run=("x",), needs=("b",)), "b": Command(run=("x",), needs=("a",))}, "a")


def test_a_seed_that_the_needed_command_lacks():
    with pytest.raises(ConfigError, match="train has no run of seed 9"):
        plan({"train": TRAIN, "e": Command(run=("x",), needs=("train",), seeds=(9,))}, "e")


def test_digest_ignores_what_only_says_which_runs_there_are():
    assert command_digest(TRAIN) == command_digest(
        Command(**{**vars(TRAIN), "seeds": (5,), "tier": "smoke", "timeout": "1h"})
    )
    assert command_digest(TRAIN) != command_digest(Command(**{**vars(TRAIN), "env": {"A": "1"}}))


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("30m", 1800), ("1h30m", 5400), ("1.5h", 5400), ("2d", 172800), ("", None)]
)
def test_durations(text, value):
    assert seconds(text, "timeout") == value


@pytest.mark.parametrize("text", ["soon", "3 weeks", "m", "-5"])
def test_no_durations(text):
    with pytest.raises(ConfigError, match=r"commands\.x\.timeout"):
        seconds(text, "commands.x.timeout")
