"""Splits: stated, seeded, disjoint, and the test set left alone in training."""

import pytest

from tests.support.asking import ask, make

ROWS = [f"row number {i} with enough text to be told apart,{i}" for i in range(30)]


def table(rows):
    return "text,label\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("files", "stated"),
    [
        pytest.param({"README.md": "We use 1,000 training images and a held-out test set."}, True, id="document"),
        pytest.param(
            {"a.py": "from sklearn.model_selection import train_test_split\ntrain_test_split(x, test_size=0.2)\n"},
            True,
            id="call",
        ),
        pytest.param({"data/train.csv": table(ROWS), "data/test.csv": table(ROWS)}, True, id="files"),
        pytest.param({"a.py": "load('x', split='train')\n"}, True, id="loader"),
        pytest.param({"a.py": "print(1)\n"}, False, id="nothing"),
    ],
)
def test_stated(tmp_path, files, stated):
    assert ask("splits", make(tmp_path, files)).facts["stated"].value is stated


@pytest.mark.parametrize(
    ("call", "seeded"),
    [
        ("train_test_split(x, random_state=0)", True),
        ("train_test_split(x, random_state=args.seed)", True),
        ("train_test_split(x, test_size=0.5, random_state=None)", False),
        ("train_test_split(x, test_size=0.5)", False),
        ("train_test_split(x, shuffle=False)", True),
    ],
)
def test_seeded(tmp_path, call, seeded):
    project = make(tmp_path, {"a.py": f"from sklearn.model_selection import train_test_split\n{call}\n"})
    facts = ask("splits", project).facts
    assert facts["seeded"].value is seeded
    assert bool(facts["unseeded"].value) is not seeded


@pytest.mark.parametrize(
    ("before", "seeded"),
    [
        ("np.random.seed(0)", True),
        ("np.random.seed()", False),
        ("torch.manual_seed(0)", False),
    ],
)
@pytest.mark.parametrize("called", [True, False])
def test_a_split_from_the_global_generator_is_as_good_as_its_seed(tmp_path, before, seeded, called):
    body = f"{before}\ntrain_test_split(x)\n"
    code = "import numpy as np\nimport torch\nfrom sklearn.model_selection import train_test_split\n"
    code += body if called else "def split(x, a):\n    " + body.replace("\n", "\n    ").rstrip() + "\n"
    assert ask("splits", make(tmp_path, {"a.py": code})).facts["seeded"].value is seeded


def test_a_seed_that_is_set_under_a_condition_vouches_for_no_split(tmp_path):
    code = "import numpy as np\nfrom sklearn.model_selection import train_test_split\ndef split(x, a):\n"
    code += "    if a:\n        np.random.seed(0)\n    train_test_split(x)\n"
    assert ask("splits", make(tmp_path, {"a.py": code})).facts["seeded"].value is False


@pytest.mark.parametrize(
    ("before", "call", "seeded"),
    [
        ("np.random.seed(0)", "train_test_split(x)", True),
        ("torch.manual_seed(0)", "train_test_split(x)", False),
        ("torch.manual_seed(0)", "torch.utils.data.random_split(d, [1, 2])", True),
        ("np.random.seed(int(time.time()))", "train_test_split(x)", False),
    ],
)
def test_a_split_is_seeded_by_the_generator_that_it_draws_from(tmp_path, before, call, seeded):
    imports = "import time, torch\nimport numpy as np\nfrom sklearn.model_selection import train_test_split\n"
    project = make(tmp_path, {"a.py": f"{imports}{before}\n{call}\n"})
    assert ask("splits", project).facts["seeded"].value is seeded


@pytest.mark.parametrize(
    ("calls", "seeded"),
    [
        ("train_test_split(x, random_state=0)\ntrain_test_split(y)", False),
        ("train_test_split(x, random_state=0)\nKFold(5)", True),
        ("KFold(5, shuffle=True)", False),
        ("KFold(5)\nLeaveOneOut()", None),
    ],
)
def test_one_seeded_split_does_not_vouch_for_the_others(tmp_path, calls, seeded):
    head = "from sklearn.model_selection import KFold, LeaveOneOut, train_test_split\n"
    fact = ask("splits", make(tmp_path, {"a.py": f"{head}{calls}\n"})).facts["seeded"]
    assert (None if fact.status == "absent" else fact.value) is seeded


@pytest.mark.parametrize(
    ("test", "shared"), [(ROWS[:5], 5), (["a row that only the test file has, and nobody else"], 0)]
)
def test_overlap_of_split_files(tmp_path, test, shared):
    facts = ask("splits", make(tmp_path, {"d/train.csv": table(ROWS), "d/test.csv": table(test)})).facts
    assert (facts["overlap"].value, facts["disjoint"].value) == (shared, shared == 0)


def test_without_split_files_overlap_is_unknown(tmp_path):
    assert ask("splits", make(tmp_path, {"d/train.csv": table(ROWS)})).facts["overlap"].status == "unknown"


@pytest.mark.parametrize(
    ("line", "chosen"),
    [
        ("if test_acc > best_acc:", True),
        ("if best < test_loss:", True),
        ("if val_acc > best_acc:", False),
        ("if val_acc > best_val: best_test = test_acc", False),
        ("# if test_acc > best_acc:", False),
        ("model.fit(X_test, y_test)", True),
        ("model.fit(X_train, y_train)", False),
    ],
)
def test_model_chosen_by_test_data(tmp_path, line, chosen):
    body = f"def f():\n    {line}{' pass' if line.endswith(':') and not line.startswith('#') else ''}\n    return 1\n"
    finding = ask("splits", make(tmp_path, {"train.py": body}))
    assert [(s.path, s.line) for d in finding.defects for s in d.sources] == ([("train.py", 2)] if chosen else [])


@pytest.mark.parametrize(
    ("made", "chosen"),
    [
        ("test_acc = test(model, test_loader=val_dataloader)", False),
        ("test_acc, test_loss = run(valid_loader, model)", False),
        ("test_acc = test(model, test_loader=test_dataloader)", True),
        ("test_acc = test(model, val_loader, test_loader)", True),
        ("test_acc = test(model)", True),
        ("test_acc = test(model, val_loader); test_acc = 0\n    test_acc = test(model, test_set)", True),
    ],
)
def test_what_is_only_called_test_may_be_measured_on_validation_data(tmp_path, made, chosen):
    body = f"def f():\n    {made}\n    print('test_acc=', test_acc)\n    if test_acc > best_test_acc:\n        save()\n"
    assert bool(ask("splits", make(tmp_path, {"train.py": body})).defects) is chosen
