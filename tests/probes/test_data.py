"""Data: ways to it, what fixes it, and what exists on one machine only."""

import pytest

from artifactpack.models.evidence import RunEvidence
from artifactpack.models.run import FileUse, RunRecord
from artifactpack.project import open_project
from tests.support.asking import ask, make

TABLE = "a,b\n" + "1,2\n" * 50
HASH = "c58f30108f718f92721af3bbe74349f5"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12345678\n"


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        pytest.param(
            {"a.py": "from torchvision import datasets\ndatasets.MNIST('d', download=True)\n"},
            ["library"],
            id="torchvision",
        ),
        pytest.param(
            {"a.py": "from torchvision import datasets\ndatasets.MNIST('d')\n"}, [], id="not-told-to-download"
        ),
        pytest.param({"a.py": "from torchvision import datasets\ndatasets.ImageFolder('d')\n"}, [], id="image-folder"),
        pytest.param({"a.py": "from sklearn.datasets import load_digits\nload_digits()\n"}, ["library"], id="sklearn"),
        pytest.param({"a.py": "import gym\nenv = gym.make('Hopper-v2')\n"}, ["simulator"], id="gym"),
        pytest.param({"a.py": "import gym\nclass Maze(gym.Env):\n    pass\n"}, ["simulator"], id="own-environment"),
        pytest.param({"generate_data.py": "x = 1\n"}, ["generated"], id="generator-file"),
        pytest.param({"net/generative_flows.py": "x = 1\n"}, [], id="generative-network"),
        pytest.param({"genomics_cnn.py": "x = 1\n"}, [], id="another-word"),
        pytest.param({"create_figures.py": "x = 1\n"}, [], id="makes-figures"),
        pytest.param({"a.py": "def make_synthetic_data(n):\n    return n\n"}, ["generated"], id="generator"),
        pytest.param({"a.py": "def get_random_graph(n):\n    return n\n"}, ["generated"], id="random-graph"),
        pytest.param({"a.py": "def get_gaussian_policy(n):\n    return n\n"}, [], id="of-a-network"),
        pytest.param({"a.py": "def sample_batch(n):\n    return n\n"}, [], id="of-a-buffer"),
        pytest.param({"simulate_market.py": "x = 1\n"}, ["generated"], id="simulation"),
        pytest.param({"simulate_policy.py": "x = 1\n"}, [], id="policy-at-work"),
        pytest.param({"genomics.py": "x = 1\n", "create_model.py": "x = 1\n"}, [], id="makes-something-else"),
        pytest.param(
            {"a.py": "from gym.envs.mujoco import mujoco_env\nclass Ant(mujoco_env.MujocoEnv):\n    pass\n"},
            ["simulator"],
            id="environment-of-gym",
        ),
        pytest.param({"get.sh": "wget https://h.org/cifar.tgz\n"}, ["downloaded"], id="script"),
        pytest.param({"get.sh": "apt-get install -y \\\n  curl \\\n  vim\n"}, [], id="a-tool-that-downloads"),
        pytest.param(
            {"set.sh": "pip install torch --extra-index-url https://download.pytorch.org/whl\n"},
            [],
            id="index-of-packages",
        ),
        pytest.param({"get.sh": "wget https://h.org/ours.pth\n"}, [], id="download-of-weights"),
        pytest.param({"get.sh": "wget https://repo.anaconda.com/miniconda.sh\n"}, [], id="download-of-a-tool"),
        pytest.param({"README.md": "The data set is at [Zenodo](https://zenodo.org/record/1)."}, ["linked"], id="link"),
        pytest.param(
            {"README.md": "See [our paper](https://arxiv.org/abs/1234.5678) on data."}, [], id="link-to-a-paper"
        ),
        pytest.param(
            {"README.md": "Masks can be shown in other data visualization\nframeworks, say [d3](https://d3.org/x).\n"},
            [],
            id="line-above-speaks-of-data",
        ),
        pytest.param({"data/train.csv": "a,b\n" + "1,2\n" * 50}, ["included"], id="in-the-tree"),
        pytest.param({"tasks/navigate.json": '{"x": "y"}' * 300}, ["included"], id="data-alone"),
        pytest.param({"tasks/navigate.json": '{"x": "y"}' * 300, "a.py": "x = 1\n"}, [], id="beside-code"),
        pytest.param({"net/generator.py": "x = 1\n", "net/discriminator.py": ""}, [], id="adversarial-pair"),
        pytest.param({"net/vgg.py": "urlretrieve('http://h/vgg19.mat', 'f')\n"}, [], id="download-of-a-network"),
        pytest.param({"goals/all.csv": TABLE, "a.py": "d = pd.read_csv('goals/all.csv')\n"}, ["included"], id="read"),
        pytest.param({"goals/all.csv": TABLE, "a.py": "d.to_csv('goals/all.csv')\n"}, [], id="written"),
        pytest.param({"out/all.csv": TABLE, "plot.py": "d = pd.read_csv('out/all.csv')\n"}, [], id="read-to-be-shown"),
        pytest.param({"results/test.csv": "a,b\n" + "1,2\n" * 50}, [], id="results-are-no-data"),
        pytest.param({"README.md": "Put your data into ./data."}, [], id="nothing"),
    ],
)
def test_ways(tmp_path, files, kinds):
    facts = ask("data", make(tmp_path, files)).facts
    assert facts["kinds"].value == kinds
    assert facts["available"].value is bool(kinds)


@pytest.mark.parametrize(
    ("code", "checked"),
    [
        pytest.param(f"MD5 = '{HASH}'\ncheck_integrity('f', MD5)\n", True, id="given-and-checked"),
        pytest.param(f"import hashlib\nassert hashlib.md5(b'').hexdigest() == '{HASH}'\n", True, id="hashlib"),
        pytest.param("tgz_md5 = None\ncheck_integrity('f', tgz_md5)\n", False, id="none"),
        pytest.param("import hashlib\nkey = hashlib.md5(b'x').hexdigest()\n", False, id="cache-key"),
        pytest.param(f"NOTE = '{HASH}'\n", False, id="never-checked"),
        pytest.param(f"check_integrity('net20.th', '{HASH}')\n", False, id="of-weights"),
        pytest.param(f"a = 'h/net.pth'\ncheck_integrity('set.tar.gz', '{HASH}')\n", True, id="of-data-beside-weights"),
    ],
)
def test_checksums(tmp_path, code, checked):
    assert ask("data", make(tmp_path, {"d.py": code})).facts["checksummed"].value is checked


@pytest.mark.parametrize(
    ("path", "private"),
    [
        ("/home/ada/data/x.npz", True),
        ("/data/digits/digits.npz", True),
        ("/Users/ada/x.csv", True),
        ("/scratch/group/cifar", True),
        ("~/datasets/imagenet", True),
        ("C:\\\\Users\\\\ada\\\\x", True),
        ("data/x.npz", False),
        ("/tmp/x", False),
        ("/usr/share/fonts/x.ttf", False),
        ("https://h.org/home/x/y.csv", False),
    ],
)
def test_private_paths(tmp_path, path, private):
    finding = ask("data", make(tmp_path, {"a.py": f"import os\nDATA = '{path}'\n"}))
    assert [(s.path, s.line) for d in finding.defects for s in d.sources] == ([("a.py", 2)] if private else [])
    assert finding.facts["open"].value is (False if private else None)


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        ("We released our trained models on the Birds benchmark [here](https://drive.google.com/x).", False),
        ("* [Base](https://h.org/base.zip): This model is trained on full data.", False),
        ("The model was trained on the [Birds](https://h.org/birds.zip) dataset.", True),
        ("The trained models and the dataset can be had [here](https://drive.google.com/x).", True),
        ("# Checkpoints\n```\ngs://us/dataset=1/model.ckpt-9.data-00000-of-00001\n```", False),
    ],
)
def test_a_link_to_weights_leads_to_no_data(tmp_path, text, leads):
    assert bool(ask("data", make(tmp_path, {"README.md": text + "\n"})).facts["links"].value) is leads


@pytest.mark.parametrize(
    ("code", "private"),
    [
        ("spec = {'log_dir': '~/runs/'}", False),
        ("train(save_dir='~/runs')", False),
        ("load(data_dir='~/cifar')", True),
        ("spec = {'log_dir': '/home/ada/runs/'}", True),
        ("catalogue = '~/cifar'", True),
        ("if os.path.exists('/Users/ada'):\n    plot()", False),
        ("if os.path.exists('/Users/ada/x'):\n    load('/Users/ada/x')", True),
    ],
)
def test_paths_that_need_not_be_there(tmp_path, code, private):
    assert bool(ask("data", make(tmp_path, {"a.py": code + "\n"})).defects) is private


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("DATA = ROOT + '/data/mnist/training.pt'", id="behind-a-root"),
        pytest.param("DATA = ROOT + '/data/mnist/' + name", id="between-two"),
        pytest.param("DATA = f'{ROOT}/shared/datasets/cifar'", id="in-a-formatted-text"),
        pytest.param("DATA = ROOT + '/data/graphs/{0}/{0}.txt'.format(name)", id="filled-in-behind-a-root"),
        pytest.param("DATA = ROOT + '/data/graphs/%s.txt' % name", id="filled-in-by-percent-behind-a-root"),
        pytest.param("DATA = ROOT + f'/data/graphs/{name}.txt'", id="formatted-behind-a-root"),
        pytest.param("hidden = re.sub('/home/ada/code', '.', text)", id="pattern"),
        pytest.param("short = text.replace('/home/ada/code/', '')", id="looked-for"),
        pytest.param("if text == '/home/ada/code': pass", id="compared"),
        pytest.param("image = '/data/pfs/?d=' + name", id="address"),
        pytest.param("p.add_argument('--out', default='~/data/countdown')", id="home-as-default"),
        pytest.param("def load(root='~/data/countdown'): pass", id="home-as-parameter"),
        pytest.param("run(['docker', 'exec', one, 'python', '/workspace/exec.py'])", id="docker"),
        pytest.param("import modal\nimage.add_local_dir('data', '/mnt/data')", id="modal"),
    ],
)
def test_what_is_no_place_on_the_authors_machine(tmp_path, code):
    finding = ask("data", make(tmp_path, {"a.py": f"import re\n{code}\n"}))
    assert finding.defects == ()


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": "FROM x\nWORKDIR /workspace\nCOPY . /workspace/app\n"},
        {"compose.yaml": "services:\n  a:\n    volumes:\n      - ./out:/workspace/app\n"},
        {"README.md": "```\ndocker run -v $PWD:/workspace/app image\n```\n"},
    ],
)
def test_a_place_in_the_projects_container_is_there_for_all(tmp_path, files):
    code = {"a.py": "DATA = '/workspace/app/outputs/a.npz'\nHOME = '/home/ada/b.npz'\n"}
    assert [d.sources[0].line for d in ask("data", make(tmp_path, {**files, **code})).defects] == [2]


@pytest.mark.parametrize(
    "code",
    [
        "x = load('/home/ada/a.npz')",
        "x = load('/home/ada/data/' + name)",
        "x = load('/home/ada/data/{}'.format(name))",
        "x = load(root + '/{}'.format(find('/home/ada/data/a.npz')))",
        "x = load(f'/home/ada/data/{name}')",
        "p.add_argument('--data', default='/home/ada/data')",
        "x = load(os.path.expanduser('~/src/data/a.npz'))",
    ],
)
def test_a_place_on_the_authors_machine(tmp_path, code):
    assert [d.id for d in ask("data", make(tmp_path, {"a.py": code})).defects] == ["data.private_path"]


def test_the_pitfalls_example_has_its_path_named(examples):
    (defect,) = ask("data", open_project(examples / "pitfalls")).defects
    assert (defect.sources[0].path, defect.sources[0].text) == ("train.py", "/data/digits/digits.npz")


def test_lfs_pointer_in_place_of_a_file(tmp_path):
    finding = ask("data", make(tmp_path, {"data/train.npz": POINTER}))
    assert finding.facts["lfs_pointers"].value == ["data/train.npz"]
    assert [d.id for d in finding.defects] == ["data.lfs_pointer"]


def test_a_recorded_read_fixes_the_data(tmp_path):
    run = RunRecord(
        id="r", command="train", read=(FileUse(path="data/x.npz", sha256="a"), FileUse(path="train.py", sha256="b"))
    )
    facts = ask("data", make(tmp_path, {"a.py": ""}), RunEvidence(records=(run,), own=frozenset({"r"}))).facts
    assert (facts["versioned"].value, facts["versioned"].decided_by, facts["recorded"].value) == (True, "run", True)


def test_a_generator_beside_linked_data_fixes_nothing(tmp_path):
    files = {"generate_data.py": "x = 1\n"}
    assert ask("data", make(tmp_path / "a", files)).facts["versioned"].value is True
    files["README.md"] = "The data set is [here](https://www.dropbox.com/s/x)."
    assert ask("data", make(tmp_path / "b", files)).facts["versioned"].status == "absent"


def test_hub_data_without_revision_are_not_versioned(tmp_path):
    facts = ask("data", make(tmp_path, {"a.py": "import datasets\ndatasets.load_dataset('glue', 'mnli')\n"})).facts
    assert facts["versioned"].value is False


@pytest.mark.parametrize(
    ("use", "checked"),
    [
        pytest.param(
            "if hashlib.sha256(data).hexdigest() != file.sha256:\n    raise OSError\n", True, id="held-against"
        ),
        pytest.param("key = hashlib.sha256(data).hexdigest()\n", False, id="cache-key"),
    ],
)
def test_hashes_that_another_file_checks(tmp_path, use, checked):
    files = {
        "table.py": f"class File:\n    sha256: str\nFILES = {{'a': '{HASH}'}}\n",
        "get.py": f"import hashlib\nfrom table import FILES\n{use}",
    }
    assert ask("data", make(tmp_path, files)).facts["checksummed"].value is checked
