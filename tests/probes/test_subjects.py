"""Smaller subjects: parameters, logging, language models, cards, documents, version control, size, claims."""

import json

import pytest

from artifactpack.models.config import Claim, Command, Config
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.reference import ClaimCheck
from artifactpack.models.run import CodeState, Metric, RunRecord, Weights
from tests.support.asking import ask, make

ACC = Metric(name="acc", last=1.0, minimum=1.0, maximum=1.0)


def own(*records):
    return RunEvidence(records=records, own=frozenset(r.id for r in records))


@pytest.mark.parametrize(
    ("files", "counted"),
    [
        ({"README.md": "The model has 1.3M parameters."}, True),
        ({"README.md": "| model | #params |\n|---|---|\n| a | 650 |"}, True),
        ({"a.py": "n = sum(p.numel() for p in net.parameters())\n"}, True),
        ({"a.py": "n = sum(torch.numel(p) for p in net.parameters())\n"}, True),
        ({"a.py": "model.summary()\n"}, True),
        ({"README.md": "See the parameters of the script."}, False),
        ({"a.py": "# print(torch.sum(a) / torch.numel(a))\n"}, False),
        ({"a.py": "x = torch.sum(a) / torch.numel(a)\n"}, False),
        ({"a.py": "train_params = {'lr': 0.1}\nchange_in_params = a - b\n"}, False),
        ({"a.py": "print(timer.summary())\n"}, False),
    ],
)
def test_parameters(tmp_path, files, counted):
    assert ask("parameters", make(tmp_path, files)).facts["counted"].value is counted


def test_parameters_of_recorded_weights(tmp_path):
    run = RunRecord(id="r", command="train", weights=(Weights(path="m.pt", parameters=9610),))
    fact = ask("parameters", make(tmp_path, {"a.py": ""}), own(run)).facts["total"]
    assert (fact.value, fact.decided_by) == (9610, "run")


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("import wandb\nwandb.log({'a': 1})\n", True),
        ("from torch.utils.tensorboard import SummaryWriter\nw = SummaryWriter()\n", True),
        ("import json\njson.dump({'test_accuracy': acc}, f)\n", True),
        ("(out / 'metrics.json').write_text(json.dumps(metrics))\n", True),
        ("dump_report(report, output_dir)\n", True),
        ("json.dump(\n    scores,\n    f,\n)\n", True),
        ("torch.save(train_hist, 'hist.pt')\n", True),
        ("print(line, file=self.log_file)\n", True),
        ("with open(summary_path, 'w') as f:\n    f.write(text)\n", True),
        ("from clu import metric_writers\nw = metric_writers.create_default_writer('.')\n", True),
        ("import logging\nlogging.basicConfig(filename='run.log')\n", True),
        ("sys.stdout = Logger(join(folder, 'train.txt'))\n", True),
        ("import tensorflow as tf\ne = tf.contrib.tpu.TPUEstimator(model_fn=f, model_dir='out')\n", True),
        ("import lightning as L\nclass M(L.LightningModule):\n    def step(self):\n        self.log('a', 1)\n", True),
        ("class Table:\n    def show(self):\n        self.log(line)\n", False),
        ("import tensorflow as tf\ns = tf.estimator.EstimatorSpec(mode, loss=loss)\n", False),
        ("sys.stdout = open(os.devnull, 'w')\n", False),
        ("sys.stdout = sys.__stdout__\nsys.stdout = io.StringIO()\n", False),
        ("# wandb.log(metrics)\nprint(acc)\n", False),
        ("print(loss, file=sys.stderr)\n", False),
        ("print('--- summary', file=buffer)\n", False),
        ("torch.save(net.state_dict(), join(\n    folder))\nreturn net\ndef load_scores(): pass\n", False),
        ("torch.save(model.state_dict(), path)\nsave_checkpoint(model, best_acc)\n", False),
        ("torch.save(self.net.state_dict(), f'{path}/returns_net.th')\n", False),
        ("def save_results(results):\n    pass\n", False),
        ("with open('results.json') as f:\n    json.load(f)\n", False),
    ],
)
def test_logging(tmp_path, code, kept):
    assert ask("logging", make(tmp_path, {"a.py": code})).facts["metrics"].value is kept


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        ("python main.py --lr 1 > logs/a-$seed.log\n", True),
        ("python main.py \\\n  --lr 1 | tee -a out/log.txt\n", True),
        ("python main.py > /dev/null\n", False),
        ("python main.py --log_dir x\n", False),
        ("# python main.py\necho done > log.txt\n", False),
    ],
)
def test_what_a_script_keeps_of_a_programs_output_is_logging(tmp_path, script, kept):
    assert ask("logging", make(tmp_path, {"run.sh": script})).facts["metrics"].value is kept


@pytest.mark.parametrize(("imported", "trackers"), [("import torch\n", []), ("import lightning\n", ["lightning"])])
def test_a_logger_of_ones_own_is_not_lightnings(tmp_path, imported, trackers):
    code = f"{imported}class CSVLogger:\n    pass\nlogger = CSVLogger()\n"
    facts = ask("logging", make(tmp_path, {"a.py": code})).facts
    assert (facts["trackers"].value, facts["metrics"].value) == (trackers, True)


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("table.to_csv('results.csv')", True),
        ("print(1)", False),
    ],
)
def test_logging_of_a_notebook(tmp_path, code, kept):
    cells = [{"cell_type": "code", "source": [code], "outputs": [{"text": ["json.dump(metrics, f)"]}], "metadata": {}}]
    project = make(tmp_path, {"a.ipynb": json.dumps({"cells": cells, "metadata": {}, "nbformat": 4})})
    assert ask("logging", project).facts["metrics"].value is kept


def test_a_run_with_metrics_is_logging(tmp_path):
    fact = ask("logging", make(tmp_path, {"a.py": ""}), own(RunRecord(id="r", command="t", metrics=(ACC,)))).facts[
        "metrics"
    ]
    assert (fact.value, fact.decided_by) == (True, "run")


@pytest.mark.parametrize(
    ("files", "used"),
    [
        (
            {"a.py": "from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-4o', temperature=0)\n"},
            True,
        ),
        (
            {"a.py": "from transformers import AutoModelForCausalLM\nAutoModelForCausalLM.from_pretrained('gpt2')\n"},
            True,
        ),
        ({"a.py": "import torch\n# openai\n"}, False),
        ({"tests/test_a.py": "import openai\ndef test_a(): pass\n", "a.py": ""}, False),
        ({"README.md": "Written with ChatGPT."}, False),
    ],
)
def test_language_models_in_the_method(tmp_path, files, used):
    assert ask("llm", make(tmp_path, files)).facts["used"].value is used


def test_models_and_sampling_of_language_models(tmp_path):
    facts = ask("llm", make(tmp_path, {"a.py": "import openai\nopenai.x(model='gpt-4o', temperature=0.7)\n"})).facts
    assert (facts["models"].value, facts["sampling"].value) == (["gpt-4o"], ["temperature=0.7"])


@pytest.mark.parametrize(
    ("files", "model", "data", "filled"),
    [
        ({"MODEL_CARD.md": "# Card\nIt is small."}, True, False, True),
        ({"model_card.md": "[More Information Needed]"}, True, False, False),
        ({"README.md": "---\nlibrary_name: peft\n---\n# X"}, True, False, True),
        ({"DATASHEET.md": "Why was it made?"}, False, True, True),
        ({"croissant.json": '{"conformsTo": "http://mlcommons.org/croissant/1.0"}'}, False, True, None),
        ({"README.md": "# X"}, False, False, None),
    ],
)
def test_cards(tmp_path, files, model, data, filled):
    facts = ask("cards", make(tmp_path, files)).facts
    assert (facts["model"].value, facts["data"].value, facts["filled"].value) == (model, data, filled)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Code coming soon.", True),
        ("TODO: describe", True),
        ("The weights will be released upon acceptance.", True),
        ("Use `--data <path>` to name the data.", False),
    ],
)
def test_placeholders(tmp_path, text, left):
    assert bool(ask("readme", make(tmp_path, {"README.md": text})).facts["placeholders"].value) is left


def test_readme_sections_and_absence(tmp_path):
    facts = ask(
        "readme", make(tmp_path, {"README.rst": "Installation\n====\n\npip install x\n\nResults\n=======\n"})
    ).facts
    assert (facts["present"].value, facts["sections"].value, facts["install"].value) == (
        True,
        ["install", "results"],
        True,
    )
    assert ask("readme", make(tmp_path / "b", {"a.py": ""})).facts["present"].status == "absent"


def test_version_control_of_a_plain_folder(tmp_path):
    facts = ask(
        "vcs", make(tmp_path, {"a.py": ""}), own(RunRecord(id="r", command="t", code=CodeState(commit="c")))
    ).facts
    assert (facts["present"].value, facts["clean"].status, facts["recorded"].value) == (False, "unknown", True)


def test_archive_size(tmp_path):
    facts = ask("archive_size", make(tmp_path, {"a": "12345", "b": "1"})).facts
    assert (facts["bytes"].value, facts["files"].value) == (6, 2)


def claims_of(tmp_path, claims, checks=(), commands=("train",)):
    project = make(tmp_path, {"a.py": ""})
    project.config = Config(claims=claims, commands={c: Command(run=("x",)) for c in commands})
    runs = RunEvidence(records=(RunRecord(id="r", command="train"),) if checks else (), claims=checks)
    return {n: f.value for n, f in ask("claims_map", project, runs).facts.items()}


def test_claims_map(tmp_path):
    claims = (Claim(id="C1", metric="train:acc", where="Table 1"), Claim(id="C2", holds="train:acc > other:acc"))
    got = claims_of(
        tmp_path, claims, (ClaimCheck(id="C1", verdict="supported"), ClaimCheck(id="C2", verdict="contradicted"))
    )
    assert (got["claims"], got["mapped"], got["contradicted"], got["supported"]) == (2, False, ["C2"], False)
    assert got["map"]["C1"] == {"commands": ["train"], "metric": "train:acc", "where": "Table 1"}


def test_no_claims_and_no_runs(tmp_path):
    assert claims_of(tmp_path, ())["present"] is False
    got = claims_of(tmp_path, (Claim(id="C1", metric="train:acc"),))
    assert (got["mapped"], got["supported"]) == (True, None)
