"""Hand-made records of a small training paper, for every test of what people see."""

from __future__ import annotations

import math

from artifactpack.models.fact import Defect, Fact, Finding, Observation, Source
from artifactpack.models.outcome import ClaimOutcome, Difference, EnvironmentInfo, RerunResult, SandboxInfo
from artifactpack.models.project import Skipped
from artifactpack.models.reference import ClaimCheck, Ledger, MetricSummary, ReferenceRun, Spread
from artifactpack.models.report import ClaimValues, Curve, CurveSet, DataRow, ReportData, Snippet, WeightRow
from artifactpack.models.run import (
    Cost,
    Hardware,
    Metric,
    PackageUse,
    RunRecord,
    Seeding,
    Setting,
)
from artifactpack.models.verdict import (
    Because,
    ChecklistResult,
    CheckResult,
    Counts,
    ItemResult,
    ProjectInfo,
    ToolInfo,
)

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def item(number: int, verdict: str, title: str, **more: object) -> ItemResult:
    evidence = {"supported": "met", "contradicted": "unmet"}.get(verdict, "unknown")
    values = {"evidence": evidence, "answer": "yes" if verdict != "unanswered" else None, **more}
    return ItemResult(id=str(number), title=title, verdict=verdict, **values)  # type: ignore[arg-type]


def count(items: tuple[ItemResult, ...]) -> Counts:
    def having(*verdicts: str) -> int:
        return sum(i.verdict in verdicts for i in items)

    beside = having("author-only", "not-applicable")
    return Counts(
        met=sum(i.evidence == "met" for i in items),
        applicable=len(items) - beside,
        author_only=having("author-only"),
        not_applicable=having("not-applicable"),
        supported=having("supported"),
        contradicted=having("contradicted"),
        no_evidence=having("no-evidence"),
        unanswered=having("unanswered"),
    )


SEED_LINE = Source(path="train.py", line=12, text="random.seed(args.seed)")
ITEMS = (
    item(
        1,
        "supported",
        "Every generator that the experiments draw from is seeded",
        question="Are the random seeds of all libraries fixed?",
        because=(Because(fact="seeds.all_libraries", value=True, wants="is yes", sources=(SEED_LINE,)),),
        reason="random, numpy and torch are seeded in every run",
    ),
    item(2, "supported", "Packages are pinned to exact versions", answer_source="assumed"),
    item(
        3,
        "contradicted",
        "Deterministic algorithms are switched on",
        question="Are deterministic algorithms requested where the framework has them?",
        why="We set the flag in `train.py`.",
        because=(
            Because(
                fact="determinism.requested",
                value=False,
                wants="is yes",
                sources=(Source(path="train.py", line=30),),
            ),
        ),
        reason="torch.use_deterministic_algorithms is off in all 5 runs, although line 30 mentions it in a comment",
        fix="Call torch.use_deterministic_algorithms(True) before the model is built, then record again.",
    ),
    item(4, "supported", "Training is logged"),
    item(
        5,
        "no-evidence",
        "The data has a version or a checksum",
        fix="Name the data in [data.NAME] of artifactpack.toml, or write its SHA-256 beside the download.",
        reason="no checksum was found, and no run read a file that git tracks",
    ),
    item(6, "supported", "The code is under version control"),
    item(7, "supported", "Trained weights are saved"),
    item(8, "not-applicable", "The container image is named", answer="na"),
    item(9, "author-only", "Broader impact is discussed", why="See **section 6**."),
    item(10, "unanswered", "Compute is reported"),
)
ESSENTIALS = ChecklistResult(id="essentials", title="Essentials", items=ITEMS, counts=count(ITEMS))

FINDINGS = {
    "seeds": Finding(
        facts={
            "all_libraries": Fact(
                value=True,
                status="known",
                decided_by="run",
                observations=(
                    Observation(known="static", value=True, sources=(SEED_LINE,)),
                    Observation(known="run", value=True, sources=(Source(run="train-0-a1", field="seedings"),)),
                ),
            )
        },
        defects=(
            Defect(
                id="seeds.never_called",
                message="set_seed is defined but nothing calls it",
                fact="seeds.set",
                sources=(Source(path="utils.py", line=8),),
                fix="Call set_seed(args.seed) at the top of main() in train.py.",
            ),
        ),
    ),
    "determinism": Finding(
        facts={
            "requested": Fact(
                value=False,
                status="known",
                decided_by="run",
                observations=(
                    Observation(known="run", value=False, sources=(Source(run="train-0-a1", field="settings"),)),
                ),
            )
        }
    ),
}
MEAN, SD = 0.9723, 0.0031
VALUES = (0.9700, 0.9744, 0.9689, 0.9756, 0.9726)
SPREAD = Spread(
    n=5, mean=MEAN, sd=SD, se=0.0014, ci_low=0.9684, ci_high=0.9762, minimum=0.9689, maximum=0.9756, median=0.9726
)
PERCENT = Spread(n=5, mean=97.23, sd=0.31, se=0.14, ci_low=96.84, ci_high=97.62, minimum=96.89, maximum=97.56)
CLAIMS = (
    ClaimCheck(
        id="C1",
        text="97.2 ± 0.3 % test accuracy on digits",
        where="Table 1",
        verdict="supported",
        stated="97.2 % ± 0.3 sd",
        recorded=MEAN,
        spread=SPREAD,
        reason="five recorded runs give 97.2 ± 0.3 %",
    ),
    ClaimCheck(
        id="C2", text="the MLP beats the linear baseline", verdict="no-evidence", reason="baseline was never recorded"
    ),
)


def check_result(items: tuple[ItemResult, ...] = ITEMS, **more: object) -> CheckResult:
    listed = ChecklistResult(id="essentials", title="Essentials", items=items, counts=count(items))
    values = {
        "tool": ToolInfo(version="0.1.0"),
        "project": ProjectInfo(name="digits", commit="1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", dirty=True, files=9),
        "findings": FINDINGS,
        "checklists": (listed,),
        "claims": CLAIMS,
        "ignored": {"logging.present": "the console is enough for a run of ten seconds"},
        "not_verified": ("links were not followed", "GPU determinism: no run used a GPU"),
        "not_scanned": (Skipped(path="paper.pdf", reason="a PDF is not read"),),
        **more,
    }
    return CheckResult(**values)  # type: ignore[arg-type]


def curve(seed: int, steps: int = 60, name: str = "loss") -> Curve:
    """A falling loss with a wiggle of its own for each seed."""
    rate = 0.05 * 60 / steps
    points = tuple(
        (
            float(i),
            2.3 * math.exp(-rate * i)
            + 0.08
            + 0.2 * math.sin(i * (0.37 + 0.05 * seed) + seed) * (1 + seed % 3) / 3 * math.exp(-i / steps * 3),
        )
        for i in range(steps)
    )
    return Curve(run=f"train-{seed}-a1", seed=seed, points=points)


def run(seed: int, command: str = "train", state: str = "finished", wall: float = 8.2) -> RunRecord:
    return RunRecord(
        id=f"{command}-{seed}-a1",
        command=command,
        tier=command if command in ("train", "evaluate", "smoke") else "train",
        seed=seed,
        state=state,  # type: ignore[arg-type]
        exit_code=0 if state == "finished" else 1,
        error="" if state == "finished" else "ValueError: loss is NaN",
        started=f"2026-03-01T10:0{seed % 10}:0{seed % 6}+00:00",
        observed=True,
        python="3.11.7",
        implementation="CPython",
        seedings=(
            Seeding(rng="torch", call="torch.manual_seed", value=seed, path="train.py", line=14),
            Seeding(rng="numpy", call="numpy.random.seed", value=seed, path="train.py", line=13),
        ),
        settings=(Setting(name="torch.use_deterministic_algorithms", at_start=False, at_exit=False),),
        packages=(PackageUse(name="numpy", version="2.4.6"), PackageUse(name="torch", version="2.13.0")),
        hardware=Hardware(cpu="a CPU of two cores", cores=2, memory=8 << 30, system="Debian GNU/Linux 12"),
        cost=Cost(wall=wall + 0.3 * seed, cpu=wall, peak_memory=310 << 20),
        metrics=(Metric(name="test_accuracy", last=VALUES[seed % 5], minimum=0.1, maximum=0.98, count=30),),
    )


def summary(command: str = "train", values: tuple[float, ...] = VALUES, spread: Spread = SPREAD) -> MetricSummary:
    return MetricSummary(
        command=command,
        metric="test_accuracy",
        seeds=tuple(range(len(values))),
        values=values,
        runs=tuple(f"{command}-{s}-a1" for s in range(len(values))),
        between_seeds=spread,
    )


BASELINE = Spread(n=5, mean=0.9411, sd=0.0022, se=0.001, ci_low=0.9384, ci_high=0.9438, minimum=0.938, maximum=0.944)
RUNS = (
    *(run(s) for s in range(5)),
    *(run(s, "baseline", wall=2.1) for s in range(5)),
    *(run(s, "evaluate", wall=0.9) for s in range(5)),
    run(5, state="failed", wall=3.0),
)
README = """# Digits

Trains a small network. Run `python train.py --seed 0`.

| method | accuracy |
|---|---|
| MLP | 97.2 ± 0.3 |
"""


def report_data(**more: object) -> ReportData:
    values = {
        "name": "digits",
        "title": "One hidden layer is enough for small digits",
        "readme": README,
        "tool_version": "0.1.0",
        "check": check_result(),
        "claims": CLAIMS,
        "reference": ReferenceRun(
            summaries=(summary(), summary("baseline", (0.938, 0.941, 0.944, 0.9405, 0.942), BASELINE)),
            ledger=Ledger(runs=16, failed=1, cost=Cost(wall=62.0)),
            warnings=("train failed once with seed 5: its metrics are not in the mean",),
        ),
        "claim_values": (
            ClaimValues(
                claim="C1",
                label="train:test_accuracy",
                values=tuple(100 * v for v in VALUES),
                spread=PERCENT,
                stated=97.2,
                percent=True,
            ),
        ),
        "runs": RUNS,
        "own": frozenset(r.id for r in RUNS),
        "curves": (
            CurveSet(command="train", metric="loss", curves=tuple(curve(s) for s in range(5))),
            CurveSet(command="baseline", metric="loss", curves=tuple(curve(s + 5) for s in range(5))),
        ),
        "weights": (
            WeightRow(
                path="runs/train-0/model.safetensors",
                size=43_512,
                sha256=SHA,
                format="safetensors",
                parameters=9_290,
                tensors=4,
                dtypes=("F32",),
                safety="safe",
            ),
        ),
        "data": (
            DataRow(name="digits", path="data/digits.npz", size=261_100, sha256=SHA, license="CC-BY-4.0", read_by=15),
        ),
        "snippets": (
            Snippet(
                path="train.py",
                line=30,
                first=28,
                lines=(
                    "    model = MLP(hidden=args.hidden)",
                    "    optimiser = SGD(model.parameters())",
                    "    # TODO deterministic algorithms",
                    "    for epoch in range(args.epochs):",
                    "        step(model)",
                ),
            ),
            Snippet(path="utils.py", line=8, first=7, lines=("", "def set_seed(seed):", "    random.seed(seed)")),
        ),
        "commands": {"train": "{python} train.py --seed {seed} --out {out}"},
        **more,
    }
    return ReportData(**values)  # type: ignore[arg-type]


def rerun_result() -> RerunResult:
    again = Spread(n=3, mean=0.9715, sd=0.002, se=0.001, ci_low=0.966, ci_high=0.977)
    return RerunResult(
        tool_version="0.1.0",
        bundle="digits.zip",
        digest=SHA,
        tier="train",
        seeds=(11, 12, 13),
        plan=("train with 3 new seeds, about 25 s: the fewest that can decide",),
        sandbox=SandboxInfo(level=3, name="bubblewrap"),
        environment=EnvironmentInfo(python="3.11.7", wanted_python="3.11.7", tool="uv", lock="pylock.toml"),
        differences=(Difference(kind="package", name="numpy", expected="2.4.6", got="2.4.5"),),
        claims=(
            ClaimOutcome(
                id="C1",
                text="97.2 ± 0.3 % test accuracy on digits",
                outcome="reproduced",
                level="analysis",
                stated="97.2 % ± 0.3 sd",
                author=SPREAD,
                rerun=again,
                author_values=VALUES,
                rerun_values=(0.9705, 0.9702, 0.9738),
                p=0.71,
                resolution=0.0092,
                sentence="Three new seeds give 97.15 %; a change of 0.92 points would be seen four times in five.",
            ),
            ClaimOutcome(
                id="C2",
                text="the MLP beats the linear baseline",
                outcome="inconclusive",
                sentence="Three pairs cannot decide a comparison.",
                settles="two more seeds of train and baseline",
            ),
        ),
        seconds=131.0,
    )
