"""Where data come from: library loaders, simulators, generators, downloads, files in the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from artifactpack.core.facts import at
from artifactpack.models.fact import Source
from artifactpack.patterns import late
from artifactpack.probes._own import code_of, own, remarks
from artifactpack.project import Project

LIBRARY = late(
    r"(?:torchvision|torchaudio|torchtext)\.datasets\.\w+$|(?:tensorflow_datasets|tfds)\.(?:load|builder)$"
    r"|(?:tensorflow\.)?(?:python\.)?keras\.datasets\.\w+(?:\.load_data)?$|tensorflow\.(?:keras"
    r"|contrib\.learn)\.datasets\.[\w.]+$"
    r"|tensorflow\.examples\.tutorials\.mnist\.input_data\.read_data_sets$|sklearn\.datasets\.(?:load|fetch)_\w+$"
    r"|datasets\.load_dataset(?:_builder)?$|ogb\.[\w.]*Dataset\w*$|ogb\.[\w.]*\.DglNodePropPredDataset$"
    r"|torch_geometric\.datasets\.\w+$"
    r"|dgl\.data\.\w+$|torch_geometric\.datasets$|openml\.\w+\.get_\w+$|ucimlrepo\.fetch_ucirepo$"
    r"|seaborn\.load_dataset$|nltk\.(?:download|corpus\.\w+\.\w+)$"
    r"|statsmodels\.[\w.]*datasets\.[\w.]+$|gensim\.downloader\.load$|d4rl\.\w+$|medmnist\.\w+$"
    r"|wilds\.get_dataset$|lm_eval\.\w+.*$"
    r"|chainer\.datasets\.get_\w+$|mxnet\.gluon\.data\.vision\.\w+$|tslearn\.datasets\.[\w.]+$"
    r"|pmlb\.fetch_data$|allensdk\.[\w.]+Cache\w*(?:\.\w+)?$"
    r"|rdkit\.[\w.]*Dataset$|tdc\.\w+[\w.]*$|minari\.load_dataset$|webdataset\.WebDataset$"
    r"|.*\.datasets\.(?:MNIST|FashionMNIST|CIFAR10|CIFAR100|SVHN)$"
)
SIMULATOR = late(
    r"(?:gym(?:\.envs)?|gymnasium(?:\.envs)?|gym3|procgen|brax\.envs|gymnax|jumanji|dm_control\.suite|suite|pettingzoo[\w.]*"
    r"|minigrid[\w.]*|bsuite|metaworld[\w.]*|robosuite"
    r"|crafter|nle|pybullet_envs|envpool|craftax[\w.]*|safety_gym\w*|retro|vizdoom)\.(?:make\w*|load\w*"
    r"|create\w*|get_environment|Env|vector\.make|make_vec)$"
    r"|.*\bmake_(?:env|vec_env|atari|mujoco_env)$|pybullet\.connect$|mujoco_py\.\w+$|mujoco\.MjModel\.\w+$"
)
_MADE = (
    r"(?:data|dataset|datasets|samples|instances?|problems?|graphs?|trajector\w+|signals?|toy|points|sequences?|tasks?)"
)
GENERATED = late(
    rf"_?(?:generate|gen|simulate|synthesi[sz]e|synth)_(?:\w+_)?{_MADE}$"
    r"|_?(?:make|create|sample|get|build)_(?:\w+_)?(?:synthetic|toy|artificial|simulated)(?:_\w+)?$"
    rf"|_?(?:make|create|sample|get|build)_(?:\w+_)?(?:random|gaussian)_(?:\w+_)?{_MADE}$"
    r"|_?(?:make|create)_(?:moons|circles|blobs|spirals?|gaussians?|synthetic\w*|toy\w*)$",
    re.IGNORECASE,
)
_CODE = r"\.(?:py|m|jl|R|ipynb)$"
GENERATOR_FILE = late(
    r"(?![\w -]*(?:plot|fig|table|report|model|config|script|latex|video|gif|submission|command|job"
    r"|polic|agent))"
    r"(?:(?:\d+_)?(?:gen|generate|generator|make|create|simulat\w+|synth)(?:[_-][\w-]*)?"
    r"(?:data|samples|instances|graphs?|problems|tasks?|series|trajector)[\w-]*"
    rf"|[\w -]*(?:synthetic|toy|artificial|simulat)[\w -]*){_CODE}",
    re.IGNORECASE,
)
ENVIRONMENT_CLASS = late(
    r"(?:gym|gymnasium)\.(?:\w+\.)*\w*Env$|dm_env\.Environment$|(?:.*\.)?(?:VectorEnv|MultiAgentEnv|ParallelEnv)$"
)
DOWNLOADED = late(
    r"(?:.*\.)?(?:urlretrieve|download_url|download_and_extract_archive|get_file|hf_hub_download"
    r"|snapshot_download|gdown\.\w+|wget\.download"
    r"|download_file\w*|maybe_download\w*|download_\w*(?:data|dataset|mnist|cifar|celeba)\w*"
    r"|download_and_extract\w*|download_from_\w+)$"
)
_SHELL_DOWNLOAD = late(
    rb"\b(?:wget|curl|gdown|aria2c|axel|kaggle +(?:datasets|competitions) +download|gsutil[^\n]* cp"
    rb"|aws +s3[^\n]* (?:cp|sync)|huggingface-cli +download"
    rb"|datalad +(?:get|install)|dvc +pull)\b[^\n]*"
)
_URL = late(rb"(?:https?|ftp)://[^\s\"'<>)]{4,300}")
_DATA_FILE = late(
    r"\.(?:csv|tsv|npy|npz|mat|h5|hdf5|pkl|pickle|parquet|feather|arrow|tfrecords?|arff|jsonl|data|dat"
    r"|libsvm|svm|lmdb|xlsx?|nii|nii\.gz|edges|edgelist"
    r"|graphml|gml|cites|content|allx|ally|graph|tx|ty|pdb|sdf|smi|smiles|fasta|fa|mps|lp|cnf|wav|flac|mp3"
    r"|tif|conll|conllu|txt\.gz|csv\.gz|json\.gz"
    r"|tar\.gz|tgz|zip|bz2|xz|gz|txt|json|bin|ts|npy\.gz|rds|rdata|sav|dta)$",
    re.IGNORECASE,
)
_DATA_SURE = late(
    r"\.(?:arff|tfrecords?|libsvm|parquet|feather|edgelist|cites|allx|ally|nii|smi|fasta|conllu?|jsonl"
    r"|data|mps|cnf|sdf|graphml)(?:\.gz)?$",
    re.I,
)
_DATA_PLACE = late(
    r"(?:^|/)(?:[\w-]*data(?:set|sets|base)?s?(?:[_-]\w+)?|corpus|corpora|inputs?|raw|benchmarks?"
    r"|instances|stimuli|samples|assets/data|training_data)/",
    re.I,
)
_DATA_NAME = late(
    r"(?:^|[_/-])(?:train|test|val|valid|dev|data|dataset|corpus|samples|labels|features|inputs?)(?:[_.-]|$)",
    re.IGNORECASE,
)
_NOT_DATA = late(
    r"(?:^|/)(?:requirements?|license|readme|setup|package|tsconfig|config|params|vocab|logs?|results?"
    r"|figures?|checkpoints?|weights|outputs?|docs?|\.\w+)"
    r"[\w.-]*(?:/|$)|result|metric|cmakelists|makefile|/configs?/|hyperparam|_config|settings|version"
    r"|manifest|classes\.txt|names\.txt|dpkg",
    re.IGNORECASE,
)


_PROGRAM = late(r"\.(?:py|ipynb|R|jl|m|lua|cpp|java|sh|rs|js|ts)$", re.IGNORECASE)


def data_files(project: Project) -> list[str]:
    """Return files of the tree that hold data: by ending and place, neither results, weights nor configuration."""
    ours = own(project)
    nothing_else = not any(_PROGRAM.search(f) for f in project.files)  # a project of data alone
    named = read_by_name(project)
    found = []
    for path in project.files:
        if not _DATA_FILE.search(path) or _NOT_DATA.search(path) or project.size(path) < 100:
            continue
        small_text = path.endswith((".json", ".txt")) and project.size(path) < 2_000
        likely = _DATA_SURE.search(path) or (
            (nothing_else or _DATA_PLACE.search(path) or _DATA_NAME.search(path.rsplit("/", 1)[-1])) and not small_text
        )
        if (likely or path in named) and ours(path):
            found.append(path)
    return found


_READ_BY_NAME = late(
    rb"\b(?:read_(?:csv|table|excel|pickle|json)|loadtxt|genfromtxt|loadmat|np\.load)\(\s*[rbf]?[\"']([^\"'\n{}]{3,200})[\"']"
)
_SHOWS = late(r"plot|fig(?:ure)?s?(?:[_./-]|$)|table|visuali|analy|summar|report|demo", re.IGNORECASE)
"""Code that shows what came out, and what it reads."""


def read_by_name(project: Project) -> frozenset[str]:
    """Files of the tree that code reads by a name written out in it; what is read to be shown is left out."""
    found = set()
    for path in project.index.matching(
        _READ_BY_NAME, (b"read_", b"loadtxt(", b"genfromtxt(", b"loadmat(", b"np.load(")
    ):
        if path.endswith(".ipynb") or _SHOWS.search(path):
            continue
        folder = path.rpartition("/")[0]
        for match in _READ_BY_NAME.finditer(code_of(project, path)):
            name = match.group(1).decode("utf-8", "replace").removeprefix("./")
            found |= {f for f in (name, f"{folder}/{name}") if f in project and not _SHOWS.search(f)}
    return frozenset(found)


def calls_of(project: Project, pattern: re.Pattern[str]) -> list[Source]:
    """Return where own code calls what *pattern* matches, each name once."""
    found: dict[str, Source] = {}
    for path, name, event, _ in project.index.calls(pattern):
        found.setdefault(name, at(path, project.index.line(path, event.line), name))
    return list(found.values())


_NEEDS_FILES = late(
    r"(?:Image|Dataset)Folder$|datasets\.(?:ImageNet|Cityscapes|CocoDetection|Kinetics\w*|FakeData"
    r"|VisionDataset|folder\.\w+)$"
)
_ASKS_FIRST = late(
    r".*torch(?:vision|audio)\.datasets\.\w+$|.*\.datasets\.(?:MNIST|FashionMNIST|CIFAR10|CIFAR100|SVHN)$"
)


def library_loads(project: Project) -> list[Source]:
    """Return calls of library loaders that get the data themselves; torchvision does so only when told to download."""
    found: dict[str, Source] = {}
    for path, name, event, _ in project.index.calls(LIBRARY):
        asked = (event.args or {}).get("download", ("=false",))
        if _NEEDS_FILES.search(name) or (_ASKS_FIRST.match(name) and tuple(asked) in {("=false",), ("=False",)}):
            continue
        found.setdefault(name, at(path, project.index.line(path, event.line), name))
    return list(found.values())


_TRAINS = late(rb"\.backward\(|\.fit\(|\.minimize\(|value_and_grad|jax\.grad|\.train_step\(")
_READS = late(
    rb"\b(?:np|numpy|torch|pickle|json|joblib|yaml)\.load\w*\(|loadmat|read_(?:csv|pickle|table|parquet"
    rb"|json)|h5py|ImageFolder|loadtxt|genfromtxt|"
    rb"DataLoader|Dataset|\bopen\(|cv2\.imread|Image\.open|load_data|TFRecord|glob\(|listdir"
)

_READ_TOKENS = (
    *(b"load", b"read_", b"h5py", b"ImageFolder", b"genfromtxt", b"DataLoader", b"Dataset", b"open(", b"imread"),
    *(b"Image.open", b"TFRecord", b"glob(", b"listdir"),
)
_TRAIN_TOKENS = (b".backward(", b".fit(", b".minimize(", b"value_and_grad", b"jax.grad", b".train_step(")


def self_contained(project: Project) -> list[Source]:
    """Return code that trains while nothing in the project reads a file: its data are made where they are used."""
    if next(project.index.matching(_READS, _READ_TOKENS), None):
        return []
    return [at(path, 1) for path in islice(project.index.matching(_TRAINS, _TRAIN_TOKENS), 3)]


def simulators(project: Project) -> list[Source]:
    """Return where environments are made or defined."""
    found = calls_of(project, SIMULATOR)
    for path, record in project.index.records.items():
        for scope in record.scopes.values():
            if scope.kind == "c" and any(ENVIRONMENT_CLASS.match(record.resolve(base)) for base in scope.bases):
                found.append(at(path, project.index.line(path, scope.line), scope.name))
    return found


def generators(project: Project) -> list[Source]:
    """Return code that makes the data: generating functions that are defined here, and files named for it."""
    ours = own(project)
    code = (f for f in project.files if f.endswith((".py", ".ipynb", ".m", ".jl", ".R")))
    found = [at(f, 1) for f in code if GENERATOR_FILE.match(f.rpartition("/")[2]) and ours(f)]
    for path, record in project.index.records.items():
        named = (s for s in record.scopes.values() if s.kind == "f" and GENERATED.match(s.name.rpartition(".")[2]))
        found += [at(path, project.index.line(path, scope.line), scope.name) for scope in named]
    return found + calls_of(project, re.compile(r"sklearn\.datasets\.make_\w+$"))


_NETWORK = late(r"(?:^|/)\w*(?:vgg|inception|resnet|alexnet|lpips|fid)\w*\.py$", re.IGNORECASE)
"""Code of a network that is fetched, which is no data."""


def downloads(project: Project) -> Iterator[Source]:
    """Yield where code, scripts or documents fetch files from an address."""
    yield from (s for s in calls_of(project, DOWNLOADED) if not _NETWORK.search(s.path or ""))
    for remark in remarks(project, _SHELL_DOWNLOAD):
        if not re.search(
            r"apt|conda|miniconda|get-pip|cuda|nvidia|\.deb\b|install|weights|checkpoint|pre-?trained"
            r"|\.(?:pth|ckpt|safetensors)\b|^\W*\w+\W*$",
            remark.text,
            re.I,
        ):
            yield at(*remark)
    for command in project.prose.commands:
        if command.program in {"wget", "curl", "gdown", "kaggle", "gsutil", "aws", "huggingface-cli"}:
            text = f"{command.text} {command.section}"
            if not re.search(
                r"miniconda|get-pip|\.deb\b|\.sh\b|install|weights|checkpoint|pre-?trained|\.(?:pth|ckpt|safetensors)\b",
                text,
                re.IGNORECASE,
            ):
                yield at(command.path, command.number, command.text)


def commented_links(project: Project) -> list[Source]:
    """Return comments of code that give the address of data."""
    found = (r for r in remarks(project, _URL) if re.search(r"\bdata(?:set)?s?\b|download", r.text, re.IGNORECASE))
    return [at(*r) for r in found if not _INSTALLS.search(r.text)]


_INSTALLS = late(
    r"\b(?:pip3?|conda|mamba|apt(?:-get)?|apt-key|brew)\s+(?:-\w+ )?(?:install|add|adv)\b|\.deb\b|nvidia\.com"
)
