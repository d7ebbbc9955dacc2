"""Whose code a file is: the project's own, its tests, or somebody else's that lies in the tree."""

from __future__ import annotations

from collections.abc import Iterable

from artifactpack.patterns import late
from artifactpack.project.words import words

_VENDOR_FOLDERS = words(
    "third_party thirdparty third-party 3rdparty 3rd_party vendor vendored vendors _vendor external externals extern "
    "site-packages dist-packages node_modules submodules"
)
_KNOWN_PACKAGES = words(
    "theano rllab torchdiffeq torchsde pybind11 eigen apex gym mujoco_py mujoco-py transformers fairseq "
    "detectron2 timm "
    "diffusers mmcv mmdet mmdetection mmsegmentation lightning pytorch_lightning tensorflow keras sklearn "
    "scikit-learn "
    "stable_baselines stable-baselines stable_baselines3 stable-baselines3 peft trl open_clip lm_eval bitsandbytes "
    "flash_attn xformers dopamine garage tianshou botorch gpytorch pyro numpyro allennlp spacy nltk opencompass vllm "
    "deepspeed megatron accelerate torchvision torchaudio torch_geometric dgl pytorch3d kaolin nerfstudio vizdoom "
    "googletest abseil-cpp protobuf caffe caffe2 darknet openfold alphafold lpips pytorch-fid robomimic rlkit "
    "mujoco dm_control d4rl metaworld evalplus human_eval bigcode-evaluation-harness lm-evaluation-harness"
)
_IGNORED_FOLDERS = frozenset((".ipynb_checkpoints", "__pycache__", ".git", "build", "dist", ".eggs"))
_TEST_FOLDERS = frozenset(("tests", "test", "testing", "unit_tests", "unittests", "unit_test"))
_TEST_CODE = late(rb"import +(?:unittest|pytest)\b|from +(?:unittest|pytest)\b|(?m:^[ \t]*def test_\w+\()")
_TEST_NAME = late(r"(?:test_.*|.*_tests?|conftest)\.py$")


class Roles:
    """Tell roles apart for one project; *files* are all its paths."""

    def __init__(self, files: Iterable[str], name: str = "") -> None:
        self.own_name = name.lower()
        self.vendored = _vendored_folders(files, self.own_name)

    def is_vendored(self, path: str) -> bool:
        """Whether *path* lies in somebody else's tree, or in a folder of build products."""
        parts = path.split("/")[:-1]
        if any(p.lower() in _VENDOR_FOLDERS or p in _IGNORED_FOLDERS for p in parts):
            return True
        return bool(self.vendored) and any("/".join(parts[: i + 1]) in self.vendored for i in range(len(parts)))


def _vendored_folders(files: Iterable[str], own_name: str) -> frozenset[str]:
    """Folders that bear a known package's name and come with its own licence, set-up file or package mark."""
    marked: dict[str, set[str]] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        lowered = name.lower()
        around, _, last = folder.rpartition("/")
        if around and last in ("python", "src") and lowered in ("setup.py", "pyproject.toml"):
            folder = around  # the package of a work in several languages
        if folder and (
            lowered in ("setup.py", "pyproject.toml") or lowered.startswith(("license", "licence", "copying", "readme"))
        ):
            kind = "readme" if lowered.startswith("readme") else "licence"
            marked.setdefault(folder, set()).add("set-up" if lowered.endswith((".py", ".toml")) else kind)
    found = set()
    for folder, marks in marked.items():
        name = folder.rpartition("/")[2].lower()
        known = name in _KNOWN_PACKAGES and name != own_name and marks != {"readme"}
        packed = marks >= {"licence", "set-up"} or (marks >= {"licence", "readme"} and folder.count("/") > 1)
        if known or (packed and _looks_foreign(name, own_name)):
            found.add(folder)
    return frozenset(found)


def _looks_foreign(name: str, own_name: str) -> bool:
    """A folder with both a licence and a set-up file is a package of its own, unless it is where one's code lives."""
    return name not in ("src", "python", "code", "source", "lib", "package", own_name, own_name.replace("-", "_"))


def is_test(path: str, data: bytes) -> bool:
    """Whether *path*, holding *data*, tests the code rather than the method (`test.py` often evaluates a model)."""
    parts = path.split("/")
    folders, name = parts[:-1], parts[-1]
    if name == "conftest.py" or "tests" in folders[:1] + folders[-2:]:
        return True
    if any(f in _TEST_FOLDERS for f in folders) or _TEST_NAME.match(name):
        return _TEST_CODE.search(data) is not None
    return False
