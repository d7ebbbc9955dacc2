"""Tiers, seeds, differences, causes and the badge: pure parts of a re-run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from artifactpack.errors import RefusedError
from artifactpack.models.config import Command, Config
from artifactpack.models.outcome import ClaimOutcome, RerunResult, SandboxInfo
from artifactpack.models.run import Cost, FileUse, Hardware, PackageUse, RunRecord, Setting
from artifactpack.recorder.plan import RunPlan
from artifactpack.rerun import execute, sandbox
from artifactpack.rerun.attestation import statement
from artifactpack.rerun.attribute import attribute
from artifactpack.rerun.badge import supports
from artifactpack.rerun.differences import after_running, before_running, judged
from artifactpack.rerun.execute import Ran, carried
from artifactpack.rerun.suspicion import suspicions
from artifactpack.rerun.tiers import commands_of, cost_of, fresh_seeds, needs_of, seeds_for, with_needs
from tests.core.numbers import claim, run, runs

RUN = ("{python}", "x.py")
CONFIG = Config(
    commands={
        "train": Command(run=RUN, seeds=(0, 1, 2, 3, 4)),
        "base": Command(run=RUN, seeds=(0, 1, 2, 3, 4)),
        "other": Command(run=RUN),
        "evaluate": Command(run=RUN, needs=("train",), tier="evaluate"),
        "smoke": Command(run=RUN, tier="smoke"),
    },
    claims=(claim(value="0.5"), claim("C2", holds="train:acc > base:acc")),
)
RECORDS = (*runs("train", range(5), [0.5] * 5), *runs("base", range(5), [0.4] * 5))
NEEDS = needs_of(CONFIG, RECORDS)


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("train", ("train", "base")),
        ("evaluate", ("evaluate",)),
        ("smoke", ("smoke",)),
        ("all", ("train", "base", "other", "evaluate", "smoke")),
    ],
)
def test_a_tier_runs_what_carries_claims_else_all_of_its_own(tier, expected):
    assert commands_of(CONFIG, tier, NEEDS) == expected


def test_a_comparison_asks_for_five_seeds_a_number_for_three():
    assert {n.claim.id: n.enough for n in NEEDS} == {"C1": 3, "C2": 5}
    assert len(seeds_for("train", NEEDS, RECORDS, CONFIG, bitwise=True, digest="d")) == 5
    only = needs_of(CONFIG, RECORDS, ["C1"])
    assert seeds_for("train", only, RECORDS, CONFIG, bitwise=True, digest="d") == (0, 1, 2)


def test_fresh_seeds_follow_from_the_bundle_and_are_not_the_authors():
    chosen = seeds_for("train", NEEDS, RECORDS, CONFIG, bitwise=False, digest="d")
    assert chosen == seeds_for("train", NEEDS, RECORDS, CONFIG, bitwise=False, digest="d")
    assert not set(chosen) & {0, 1, 2, 3, 4}
    assert chosen != fresh_seeds("e", (), 5)


def test_the_seed_that_a_claim_names_is_among_those_run():
    config = replace(CONFIG, claims=(claim(value="0.5", over="seed:4"),))
    assert 4 in seeds_for("train", needs_of(config, RECORDS), RECORDS, config, bitwise=False, digest="d")


def test_claims_with_other_seeds_need_more_of_them():
    config = replace(CONFIG, claims=(claim(value="1"), claim("B", "base:acc", value="1")))
    records = (*runs("train", range(4), [0.5] * 4), *runs("base", range(10, 14), [0.4] * 4))
    assert [n.enough for n in needs_of(config, records)] == [5, 5]  # 1/C(7,3) reaches 5 %, not 2.5 %


def test_needed_commands_come_first():
    assert with_needs(CONFIG, ["evaluate"]) == ("train", "evaluate")


def test_cost_is_the_authors_scaled():
    records = [replace(r, cost=Cost(wall=10.0, peak_memory=7, disk=3)) for r in RECORDS]
    cost = cost_of(CONFIG, "train", {"train": (0, 1, 2)}, records, scale=2.0)
    assert (cost.runs, cost.wall, cost.memory, cost.disk, cost.measured) == (3, 60.0, 7, 9, True)
    assert not cost_of(CONFIG, "train", {"other": (0,)}, records).measured


HERE = Hardware(cpu="A", cores=2, machine="x86_64", cpu_flags=("avx2",))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"hardware": replace(HERE, cpu="B")}, "cpu"),
        ({"hardware": replace(HERE, cpu_flags=("avx512f",))}, "cpu flags"),
        ({"hardware": replace(HERE, machine="aarch64")}, "machine"),
        ({"python": "3.12.0"}, "python"),
        ({"packages": (PackageUse(name="Some.Pack", version="2"),)}, "package"),
        ({"settings": (Setting(name="torch.num_threads", at_exit=4),)}, "setting"),
        ({"environment": {"OMP_NUM_THREADS": "1"}}, "variable"),
        ({"read": (FileUse(path="data.csv", sha256="b" * 64),)}, "data"),
    ],
)
def test_what_differs_between_the_records_is_named(change, kind):
    author = replace(
        run("train", 0, acc=0.5),
        hardware=HERE,
        python="3.11.7",
        packages=(PackageUse(name="some-pack", version="1"),),
        read=(FileUse(path="data.csv", sha256="a" * 64),),
    )
    assert [d.kind for d in after_running([author], [replace(author, **change)])] == [kind]
    assert after_running([author], [author]) == ()


def test_what_only_the_seed_changes_is_no_difference():
    def seeded(seed, value):
        settings = (Setting(name="torch.initial_seed", at_exit=value), Setting(name="x", at_exit=seed))
        return replace(run("train", seed, acc=0.5), settings=settings)

    author = [seeded(0, 10), seeded(1, 11), seeded(4, 14)]
    assert after_running(author, [seeded(0, 10), seeded(1, 99)]) == ()
    assert [d.name for d in after_running(author, [replace(seeded(0, 10), seed=1)])] == ["x"]


def test_bits_are_promised_only_on_a_like_machine_with_quiet_repeats():
    author = [replace(r, hardware=HERE, python="3.11.7") for r in RECORDS]
    same = before_running(author, "3.11.7", {}, HERE)
    assert judged(author, same, True)[0] == "bit for bit"
    assert judged(author, before_running(author, "3.12.1", {}, HERE), True)[0] == "statistically"
    noisy = [*author, run("train", 0, repeat=1, acc=0.6)]
    assert judged(noisy, same, True)[0] == "statistically"
    assert judged((), (), True)[0] == "not at all"


def failed(tail="", **more):
    return RunRecord(id="r", command="train", seed=0, state="failed", exit_code=1, tail=tail, observed=True, **more)


@pytest.mark.parametrize(
    ("tail", "cause"),
    [
        ("ValueError: bad shape", "author"),
        ("ModuleNotFoundError: No module named 'x'", "environment"),
        ("ImportError: /lib/libm.so.6: version `GLIBC_2.38' not found", "environment"),
        ("torch.OutOfMemoryError: CUDA out of memory.", "resource"),
        ("OSError: [Errno 28] No space left on device", "resource"),
        ("AssertionError: Torch not compiled with CUDA enabled", "resource"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data/set.npz'", "data"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'configs/a.yaml'", "author"),
        ("SystemExit: sha256 of the data differs: expected 00", "data"),
        ("urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>", "data"),
        ("bwrap: Can't mount proc on /newroot/proc", "harness"),
    ],
)
def test_a_failure_has_a_side(tail, cause):
    record = replace(failed(tail), observed=not tail.startswith("bwrap"))
    assert attribute(record, {"reason": ""})[0] == cause


def test_without_a_word_of_the_supervisor_it_is_our_side():
    assert attribute(failed("Traceback"), {})[0] == "harness"


@pytest.mark.parametrize("reason", ["memory", "disk", "time", "processes"])
def test_a_limit_is_a_resource(reason):
    assert attribute(failed(), {"reason": reason})[0] == "resource"


def test_a_silent_recorder_and_leftovers_are_looked_at():
    author = [replace(r, observed=True) for r in RECORDS]
    found = suspicions([Ran(record=run("train", 0, acc=0.5), seen={"left": ["sleep"], "removed": ["x"]})], author)
    assert len(found) == 3 and any("kept the recorder out" in s for s in found)


def wrote(seed, digest, size=9000, cell=()):
    use = FileUse(path=f".artifactpack/runs/train-s{seed}/out/model.bin", size=size, sha256=digest)
    return replace(run("train", seed, acc=0.5), observed=False, written=(use,), cell=dict(cell))


@pytest.mark.parametrize(
    ("author", "again", "named"),
    [
        pytest.param([wrote(0, "a"), wrote(1, "b")], wrote(77, "b"), True, id="a-copy-of-seed-1"),
        pytest.param([wrote(0, "a"), wrote(1, "b")], wrote(77, "c"), False, id="its-own"),
        pytest.param([wrote(0, "a"), wrote(1, "b")], wrote(1, "b"), False, id="the-same-seed"),
        pytest.param([wrote(0, "a"), wrote(1, "a")], wrote(77, "a"), False, id="the-same-for-every-seed"),
        pytest.param([wrote(0, "a"), wrote(1, "b", 40)], wrote(77, "b", 40), False, id="too-short-to-tell"),
        pytest.param([wrote(0, "a")], wrote(77, "a"), False, id="one-seed-tells-nothing"),
        pytest.param(
            [wrote(0, "a"), wrote(1, "b", cell=[("data", "wine")])], wrote(77, "a"), False, id="one-seed-of-its-cell"
        ),
    ],
)
def test_an_output_of_another_seed_is_looked_at(author, again, named):
    found = suspicions([Ran(record=again, seen={})], author)
    assert any("model.bin byte for byte as the author's seed 1 did" in s for s in found) is named
    assert len(found) == named


def test_the_authors_thread_count_is_kept_where_the_cores_differ():
    author = replace(
        run("train", 0), hardware=replace(HERE, cores=2), environment={"MKL_CBWR": "COMPATIBLE", "HOME": "/x"}
    )
    assert carried([author], 2) == {"MKL_CBWR": "COMPATIBLE"}
    assert carried([author], 8) == {"MKL_CBWR": "COMPATIBLE", "OMP_NUM_THREADS": "2"}


def test_variables_that_could_load_code_are_not_carried():
    author = replace(run("train", 0), environment={"LD_PRELOAD": "x", "PYTHONPATH": "y", "OMP_TOOL_LIBRARIES": "z"})
    assert carried([author], 0) == {}


def test_after_enough_seeds_only_commands_that_have_not_run_still_do(monkeypatch, tmp_path):
    plans = [RunPlan(id=f"{c}{s}", command=c, argv=(), seed=s) for s, c in ((0, "a"), (1, "a"), (2, "a"), (7, "b"))]
    ran = lambda ground, plan, *_: Ran(record=run(plan.command, plan.seed, acc=0.5))  # noqa: E731
    monkeypatch.setattr(execute, "run_one", ran)
    ground = execute.Ground(work=tmp_path, project=tmp_path, python=tmp_path, prefix=tmp_path, kind=sandbox.KINDS[-1])
    done, late = execute.run_all(ground, plans, enough=lambda seen: len(seen) == 2)
    assert [(r.record.command, r.record.seed) for r in done] == [("a", 0), ("a", 1), ("b", 7)] and late == []


def outcome(identity, name):
    return ClaimOutcome(id=identity, outcome=name, level="analysis")


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ({"a": "reproduced", "b": "identical"}, "Results Reproduced"),
        ({"a": "reproduced", "b": "not-reproduced"}, "speaks against"),
        ({"a": "reproduced", "b": "inconclusive"}, "1 of 2 claims"),
    ],
)
def test_a_badge_is_supported_never_awarded(outcomes, words):
    claims = [outcome(i, o) for i, o in outcomes.items()]
    said = supports(claims, list(outcomes), 3, 0, False)
    assert words in said and "would support" in said


def test_a_claim_that_its_own_record_contradicts_supports_no_badge_and_passes_no_test():
    claims = [replace(outcome("a", "identical"), record_verdict="contradicted"), outcome("b", "identical")]
    said = supports(claims, ["a", "b"], 3, 0, False)
    assert "speaks against Results Reproduced, because the author's own record contradicts a" in said
    box = SandboxInfo(level=3, name="x")
    told = statement(RerunResult(digest="d", sandbox=box, claims=tuple(claims), scope=("a", "b")))["predicate"]
    assert (told["result"], told["failedTests"], told["passedTests"]) == ("FAILED", ["a"], ["b"])


def test_a_better_result_is_not_called_the_same():
    said = supports([replace(outcome("a", "differs-better"), level="")], ["a"], 3, 0, False)
    assert "a better than recorded" in said and "level" not in said


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ({"a": "identical"}, "PASSED"),
        ({"a": "inconclusive"}, "WARNED"),
        ({"a": "identical", "b": "not-reproduced"}, "FAILED"),
    ],
)
def test_the_attestation_is_over_the_digest(outcomes, verdict):
    claims = tuple(outcome(i, o) for i, o in outcomes.items())
    result = RerunResult(digest="f" * 64, sandbox=SandboxInfo(level=3, name="x"), claims=claims, scope=tuple(outcomes))
    found = statement(result)
    assert found["subject"][0]["digest"] == {"sha256": "f" * 64}
    assert found["predicate"]["result"] == verdict


NO_WALLS = "bwrap: setting up uid map: Permission denied"


@pytest.mark.parametrize(
    ("reason", "apparmor", "installer", "remedy"),
    [
        (NO_WALLS, "1", "apt-get", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
        ("bwrap is not installed", "1", "apt-get", "kernel.apparmor_restrict_unprivileged_userns=0"),
        ("bwrap is not installed", "0", "apt-get", "sudo apt-get install bubblewrap"),
        ("bwrap is not installed", "", "pacman", "sudo pacman -S bubblewrap"),
        ("bwrap is not installed", "", "", "Install bubblewrap"),
        (NO_WALLS, "", "apt-get", "user.max_user_namespaces"),
    ],
)
def test_the_refusal_says_what_to_type_on_this_system(monkeypatch, tmp_path, reason, apparmor, installer, remedy):
    if apparmor:
        (tmp_path / "switch").write_text(f"{apparmor}\n")
    monkeypatch.setattr(sandbox, "_APPARMOR", tmp_path / "switch")
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: name if name == installer else None)
    kinds = tuple((k, "" if k.level == 0 else reason) for k in sandbox.KINDS)
    monkeypatch.setattr(sandbox, "probe", lambda: kinds)
    with pytest.raises(RefusedError, match="needs level 2 or --i-trust-this-bundle") as refused:
        sandbox.choose(own=False, consent=False)
    assert remedy in str(refused.value) and refused.value.exit_code == 3


def test_the_worst_sandbox_is_never_chosen_silently(monkeypatch):
    kinds = tuple((k, "" if k.level in (0, 1) else "not here") for k in sandbox.KINDS)
    monkeypatch.setattr(sandbox, "probe", lambda: kinds)
    _, info = sandbox.choose(own=True, consent=False)
    assert (info.level, "not here" in info.why) == (1, True)


def test_fresh_seeds_do_not_run_out():
    assert len(fresh_seeds("f" * 64, range(10_000), 3)) == 3
    assert len(set(fresh_seeds("f" * 64, (), 20_000))) == 20_000
    assert max(fresh_seeds("f" * 64, range(5), 5)) < 10_000


@pytest.mark.parametrize("pattern", ["", "a**", ".", "link/*.json", "link/**/*.json", "*/m.json"])
def test_clearing_stale_metrics_stays_in_the_project(tmp_path, pattern):
    outside, project = tmp_path / "outside", tmp_path / "project"
    outside.mkdir()
    project.mkdir()
    (outside / "m.json").write_text("{}")
    (project / "link").symlink_to(outside)
    assert execute.clear_stale(project, RunPlan(id="r", command="a", argv=(), seed=0, metrics=(pattern,))) == []
    assert (outside / "m.json").exists()


def test_a_claim_about_a_step_needs_the_seeds_whose_curves_have_it():
    config = replace(CONFIG, claims=(claim(metric="train:acc@step=1", value="0.5"),))
    (need,) = needs_of(config, RECORDS, (), lambda run: {"acc": [[0.0, 0.1], [1.0, 0.5]]})
    assert need.seeds == tuple(range(5))
