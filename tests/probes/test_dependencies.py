"""Dependencies: declared anywhere, exact by share, complete by imports, true by runs."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import PackageUse, RunRecord
from tests.support.asking import ask, make


def values(tmp_path, files, runs=None):
    finding = ask("dependencies", make(tmp_path, files), runs)
    return {name: fact.value for name, fact in finding.facts.items()}, finding


@pytest.mark.parametrize(
    ("files", "declared", "pinned", "kind"),
    [
        pytest.param({"requirements.txt": "numpy==1.0\nscipy==1.0\nsix\n"}, True, True, ["file"], id="mostly-exact"),
        pytest.param(
            {"requirements.txt": "numpy==1.0\nscipy>=1.0\n"}, True, False, ["file"], id="half-is-not-more-than-half"
        ),
        pytest.param({"pip_reqs.txt": "numpy==1.0\n"}, True, True, ["file"], id="odd-name"),
        pytest.param({"requirement.txt": "numpy==1.0\n"}, True, True, ["file"], id="singular"),
        pytest.param({"requirements/base.txt": "numpy\n"}, True, False, ["file"], id="folder"),
        pytest.param({"requirements.yaml": "dependencies:\n  - numpy=1.0\n"}, True, True, ["file"], id="yaml"),
        pytest.param({"docker/environment.yaml": "dependencies:\n  - numpy\n"}, True, False, ["file"], id="sub-folder"),
        pytest.param({"uv.lock": '[[package]]\nname = "numpy"\nversion = "1.0"\n'}, True, True, ["lock"], id="lock"),
        pytest.param(
            {"Dockerfile.cuda.template": "FROM x\nRUN pip install numpy\n"},
            True,
            False,
            ["container"],
            id="container-template",
        ),
        pytest.param(
            {"README.md": "## Requirements\n- PyTorch 1.0.1\n- numpy (1.2.3)\n"}, True, True, ["documents"], id="list"
        ),
        pytest.param(
            {"INSTALL.md": "```\nconda install pytorch=1.8 numpy\n```\n"},
            True,
            False,
            ["documents"],
            id="install-command",
        ),
        pytest.param(
            {"README.md": "Tested with Python 3.6 and TensorFlow 1.12.\n"}, True, True, ["documents"], id="sentence"
        ),
        pytest.param(
            {"README.md": "## Needs\n### Dependencies\n#### Python\n* h5py\n* numpy\n"},
            True,
            False,
            ["documents"],
            id="list-below-a-sub-title",
        ),
        pytest.param(
            {"README.md": "These dependencies are there:\n\n* Numpy (1.14.6)\n* Tensorflow (1.13.1)\n"},
            True,
            True,
            ["documents"],
            id="announced-list",
        ),
        pytest.param(
            {"README.md": "# Runs\nFull list of dependencies:\n```\ntensorflow==1.13\nscipy\nhickle==3.4\n```\n"},
            True,
            True,
            ["documents"],
            id="announced-listing",
        ),
        pytest.param(
            {"README.md": "# Use\nWith these tools:\n```\npython train.py --data numpy\n```\n"},
            False,
            False,
            [],
            id="announced-command",
        ),
        pytest.param(
            {"README.md": "```bash\n$ git clone git@github.com:o/second-order.git\n$ python setup.py install\n```\n"},
            True,
            False,
            ["documents"],
            id="cloned-and-installed",
        ),
        pytest.param(
            {"README.md": "```\ngit clone https://h.org/o/ours\npip install -e .\n```\n", "setup.py": "setup()\n"},
            False,
            False,
            [],
            id="cloned-itself",
        ),
        pytest.param(
            {"README.md": "Networks are trained using [PyTorch 1.2](https://h).\n"},
            True,
            True,
            ["documents"],
            id="trained",
        ),
        pytest.param({"README.md": "## Acknowledgement\nWe use vllm and deepspeed.\n"}, False, False, [], id="thanks"),
        pytest.param(
            {"README.md": "A torch version of this work is elsewhere.\n"},
            False,
            False,
            [],
            id="work-for-another-package",
        ),
        pytest.param(
            {"README.md": "It is unlike `xgboost`, which is implemented in `C++`.\n"}, False, False, [], id="comparison"
        ),
        pytest.param(
            {"README.md": "## Prerequisites\nTensorFlow gpu 1.9.0.\n"},
            True,
            True,
            ["documents"],
            id="variant-then-version",
        ),
        pytest.param(
            {"README.md": "## Install\nFurther modules of use: h5py, numpy, pandas, matplotlib, tqdm, keras\n"},
            True,
            False,
            ["documents"],
            id="enumeration",
        ),
        pytest.param(
            {"README.md": "We share code to prepare it (requires pytorch), too.\n"},
            True,
            False,
            ["documents"],
            id="aside",
        ),
        pytest.param(
            {"README.md": "Changes of the final version:\n- fixed a leak of `numba`\n"},
            False,
            False,
            [],
            id="what-is-new",
        ),
        pytest.param({"README.md": "# A PyTorch implementation\n"}, False, False, [], id="only-a-title"),
        pytest.param({"README.md": "`pip install -r requirements.txt`"}, False, False, [], id="file-is-absent"),
        pytest.param(
            {"setup.py": "from setuptools import setup\nsetup(name='x')\n"}, False, False, [], id="set-up-without-list"
        ),
        pytest.param({"third_party/lib/requirements.txt": "numpy==1.0\n"}, False, False, [], id="vendored"),
    ],
)
def test_declarations(tmp_path, files, declared, pinned, kind):
    found, _ = values(tmp_path, files)
    assert (found["declared"], found["pinned"], found["kind"]) == (declared, pinned, kind)


def test_where_it_looked_when_nothing_is_declared(tmp_path):
    finding = ask("dependencies", make(tmp_path, {"a.py": "x = 1\n"}))
    assert "requirement" in finding.facts["declared"].reason


def test_imports_against_declarations(tmp_path):
    files = {
        "train.py": "import cv2\nimport yaml, os\nimport helper\nfrom tensorboard import x\n",
        "helper.py": "",
        "requirements.txt": "opencv-python-headless\ntorch\n",
    }
    found, finding = values(tmp_path, files)
    assert found["undeclared"] == ["pyyaml"]
    assert found["complete"] is False
    assert finding.facts["undeclared"].observations[0].sources[0].line == 2


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("try:\n    import accimage\nexcept ImportError:\n    accimage = None\n", id="tried"),
        pytest.param("def f():\n    if is_apex_available():\n        from apex import amp\n", id="asked-for"),
        pytest.param("import __main__\n", id="main"),
        pytest.param("import os\nif os.path.exists('mine.py'):\n    import mine\n", id="looked-for"),
        pytest.param("if is_parallel_enabled():\n    import parallel_tools\n", id="switched-on"),
        pytest.param("import tokenizers, scipy, PIL, tqdm\n", id="brought-along"),
        pytest.param("from fetch_sets import NAMES\n", id="file-without-ending"),
    ],
)
def test_what_may_be_absent_or_comes_along_needs_no_declaration(tmp_path, code):
    files = {"a.py": code, "requirements.txt": "transformers\nscikit-learn\ntorchvision\n", "fetch_sets": "NAMES = 1\n"}
    assert values(tmp_path, files)[0]["undeclared"] == []


def test_what_is_declared_under_the_modules_own_name_or_listed_is_declared(tmp_path):
    files = {
        "a.py": "import pynvml, zero, Orange, weka, einops\n",
        "requirements.txt": "pynvml==8.0.4\nlibzero==0.0.8\n",
        "README.md": "## Requirements\n - Orange (`Orange`) v3.18.0;\n - `python-weka-wrapper3` v0.1.6.\n",
    }
    assert values(tmp_path, files)[0]["undeclared"] == ["einops"]


def test_the_exact_packages_are_named_where_most_are_exact(tmp_path):
    files = {"requirements.txt": "tqdm\nnumpy==1.2\nscipy==1.1\n"}
    sources = values(tmp_path, files)[1].facts["pinned"].observations[0].sources
    assert [s.line for s in sources] == [2, 3]


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    run()\nexcept ValueError:\n    pass\nimport einops\n",
        "try:\n    import einops\nexcept ImportError:\n    pass\ndef f():\n    import einops\n",
        "if args.fast:\n    import einops\n",
    ],
)
def test_what_is_imported_without_asking_is_to_be_declared(tmp_path, code):
    assert values(tmp_path, {"a.py": code, "requirements.txt": "torch\n"})[0]["undeclared"] == ["einops"]


def test_conflicting_pins_are_a_defect_with_both_places(tmp_path):
    found, finding = values(
        tmp_path, {"requirements.txt": "numpy==1.0\n", "setup.py": "setup(install_requires=['numpy==2.0'])\n"}
    )
    assert found["conflicts"] == ["numpy"]
    assert [(s.path, s.line) for s in finding.defects[0].sources] == [("requirements.txt", 1), ("setup.py", 1)]


def test_equal_pins_written_differently_do_not_conflict(tmp_path):
    found, _ = values(
        tmp_path, {"requirements.txt": "numpy==1.0\n", "setup.py": "setup(install_requires=['numpy==1.0.0'])\n"}
    )
    assert found["conflicts"] == []


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"one/requirements.txt": "numpy==1.0\n", "two/requirements.txt": "numpy==2.0\n"}, id="apart"),
        pytest.param(
            {
                "requirements.txt": "numpy==1.0\n",
                "package/pyproject.toml": "[project]\nname = 'p'\ndependencies = ['numpy==2.0']\n",
            },
            id="package-of-its-own",
        ),
        pytest.param(
            {"requirements.txt": "numpy==1.0\n", "vit/requirements.txt": "numpy==2.0\n"}, id="part-of-its-own"
        ),
        pytest.param(
            {"requirements.txt": "numpy==1.0\n", "out/wandb/run-1/files/requirements.txt": "numpy==2.0\n"}, id="noted"
        ),
        pytest.param(
            {
                "conda-lock.yml": "package:\n- name: certifi\n  version: 1.0.0\n  manager: conda\n",
                "uv.lock": '[[package]]\nname = "certifi"\nversion = "2.0.0"\n',
            },
            id="layers",
        ),
        pytest.param(
            {"requirements.txt": "setuptools==1.0\n", "setup.py": "setup(install_requires=['setuptools==2.0'])\n"},
            id="installers",
        ),
        pytest.param(
            {"uv.lock": "".join(f'[[package]]\nname = "jax"\nversion = "0.{n}"\n' for n in "48")}, id="by-platform"
        ),
    ],
)
def test_versions_for_different_environments_do_not_conflict(tmp_path, files):
    assert values(tmp_path, files)[0]["conflicts"] == []


def test_a_folder_of_environment_files_has_the_environment_above_it(tmp_path):
    files = {"requirements.txt": "numpy==1.0\n", "scripts/environment.yaml": "dependencies:\n  - numpy==2.0\n"}
    assert values(tmp_path, files)[0]["conflicts"] == ["numpy"]


def test_hub_downloads_without_revision(tmp_path):
    code = (
        "from transformers import AutoModel\nfrom datasets import load_dataset\n"
        "AutoModel.from_pretrained('bert-base-uncased')\nAutoModel.from_pretrained('me/pinned', revision='abc')\n"
        "AutoModel.from_pretrained('./local')\nload_dataset('json', data_files='x')\nload_dataset('glue', 'mnli')\n"
    )
    found, finding = values(tmp_path, {"train.py": code})
    assert found["unpinned_hub"] == ["bert-base-uncased", "glue"]
    assert [s.line for s in finding.facts["unpinned_hub"].observations[0].sources] == [3, 7]


def test_a_function_of_ones_own_loads_from_no_hub(tmp_path):
    code = {
        "read.py": "def load_dataset(name):\n    return name\n",
        "a.py": "from read import *\nload_dataset('MUTAG')\n",
    }
    assert values(tmp_path, code)[0]["unpinned_hub"] == []


@pytest.mark.parametrize(("version", "agree"), [("1.0", True), ("1.0+cpu", True), ("2.0", False)])
def test_a_run_tells_which_versions_were_used(tmp_path, version, agree):
    run = RunRecord(id="r", command="train", packages=(PackageUse(name="torch", version=version),))
    found, finding = values(
        tmp_path, {"requirements.txt": "torch==1.0\n"}, RunEvidence(records=(run,), own=frozenset({"r"}))
    )
    assert (found["recorded"], found["recorded_agree"]) == (True, agree)
    assert finding.facts["recorded_agree"].decided_by == "run"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("import json, random\n", "unknown", id="standard-library"),
        pytest.param("import json, numpy\n", "absent", id="a-package"),
    ],
)
def test_who_needs_no_package_is_not_told_to_pin_any(tmp_path, code, status):
    _, finding = values(tmp_path, {"train.py": code})
    assert finding.facts["pinned"].status == status
