"""What the template is given: numbers in the paper's unit, evidence once, source lines joined."""

from dataclasses import replace

from artifactpack.models.config import Command, Config, DataSet
from artifactpack.models.fact import Fact, Finding, Observation
from artifactpack.models.report import Snippet
from artifactpack.models.run import FileUse, Weights
from artifactpack.models.weights import Tensor
from artifactpack.report import gather, html, view
from artifactpack.report.view_evidence import merged
from tests.report.samples import CLAIMS, FINDINGS, check_result, report_data, run


def test_a_claim_is_shown_in_the_unit_that_the_paper_prints():
    first = view.build(report_data())["claims"][0]
    assert (first["recorded"], first["sd"], first["interval"]) == ("97.23 %", "0.31 %", "96.84 to 97.62 %")


def test_a_claim_without_values_keeps_its_own_unit():
    first = view.build(report_data(claim_values=()))["claims"][0]
    assert (first["recorded"], first["sd"], first["interval"]) == ("0.9723", "", "")


def test_the_worst_claims_are_named_first_where_not_all_fit():
    many = (*(replace(CLAIMS[0], id=f"C{i}") for i in range(20)), replace(CLAIMS[0], id="bad", verdict="contradicted"))
    named = [c["claim"].id for c in view.build(report_data(claims=many))["first_claims"]]
    assert named[:2] == ["bad", "C0"] and len(named) == view.TOP


def test_an_observation_made_in_every_run_is_told_once():
    seen = Observation(known="run", value=False, note="off")
    fact = Fact(value=False, status="known", decided_by="run", observations=(seen, seen, seen), reason="off")
    findings = {**FINDINGS, "determinism": Finding(facts={"requested": fact})}
    built = view.build(report_data(check=check_result(findings=findings)))
    told = next(i for i in built["checklists"][0]["items"] if i["item"].id == "3")["facts"][0]
    assert [(o["note"], o["times"]) for o in told["observations"]] == [("off", 3)]
    assert told["note"] == ""


def test_neighbouring_places_share_their_lines():
    one = Snippet(path="README.md", line=16, first=14, lines=("",) * 5)
    shown = merged([one, replace(one, line=17, first=15), replace(one, path="b.md"), replace(one, line=40, first=38)])
    assert [(s["path"], s["marks"]) for s in shown] == [("README.md", [16, 17]), ("b.md", [16]), ("README.md", [40])]


def test_tensors_of_a_second_seed_are_not_listed_again():
    row = report_data().weights[0]
    names = (Tensor(name="weight", shape=(10, 64), dtype="float32"),)
    rows = tuple(replace(row, run=f"train-{s}-a1", names=names) for s in range(2))
    assert [w["like"] for w in view.build(report_data(weights=rows))["weights"]] == ["", "train seed 0"]


def test_weights_stand_by_command_cell_and_seed_whichever_run_began_first():
    def wrote(command, seed, size):
        made = replace(run(seed, command), id=f"{command}-{seed}-{size}", cell={"size": size})
        return replace(made, weights=(Weights(path=f"{made.id}.pt", sha256=made.id, format="safetensors"),))

    order = [("train", 1, 8), ("train", 0, 8), ("baseline", 0, 8), ("train", 0, 9), ("train", 2, 8)]
    runs = tuple(wrote(*one) for one in order)
    rows = gather.weights(runs, None)
    assert [w["run"] for w in view.build(report_data(weights=rows, runs=runs))["weights"]] == [
        *("train seed 0 (size=8)", "train seed 1 (size=8)", "train seed 2 (size=8)"),
        *("train seed 0 (size=9)", "baseline seed 0 (size=8)"),
    ]


def test_a_command_is_shown_with_the_arguments_that_make_it_another():
    train = Command(run=("{python}", "train.py", "--seed", "{seed}"))
    declared = Config(commands={"train": train, "linear": Command(like="train", args=("--note", "a b"))})
    assert gather.commands(declared)["linear"] == "{python} train.py --seed {seed} --note 'a b'"
    assert gather.commands(Config(commands={"lost": Command(like="nowhere")})) == {"lost": "–"}


def test_a_set_that_no_path_names_is_not_said_to_be_unread():
    read = replace(run(0), read=(FileUse(path="data/a.csv", size=3, sha256="0" * 64),))
    sets = {"packaged": DataSet(url="https://example.org"), "kept": DataSet(path="data"), "unused": DataSet(path="old")}
    rows = gather.data(Config(data=sets), (read,), None)
    assert {row.name: row.read_by for row in rows} == {"packaged": None, "kept": 1, "unused": 0}
    page = html.render(report_data(data=rows))
    assert page.count("not observed</span>") == 1 and "0 runs" in page
