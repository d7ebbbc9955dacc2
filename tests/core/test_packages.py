"""Import names, distribution names, and what documents say."""

import importlib.metadata

import pytest

from artifactpack.core.import_names import DIFFERENT, KNOWN
from artifactpack.core.packages import canonical, distribution, installed_modules, spoken


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("cv2", "opencv-python"),
        ("sklearn.linear_model", "scikit-learn"),
        ("PIL", "pillow"),
        ("yaml", "pyyaml"),
        ("google.protobuf.message", "protobuf"),
        ("torch_geometric", "torch-geometric"),
        ("numpy", "numpy"),
        ("os.path", ""),
        ("cPickle", ""),
        ("__future__", ""),
    ],
)
def test_distribution_of_a_module(module, name):
    assert distribution(module) == name


def test_what_is_installed_wins():
    assert distribution("cv2.dnn", {"cv2": "opencv_contrib.Python"}) == "opencv-contrib-python"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("PyTorch", "torch"),
        ("tensorflow-gpu", "tensorflow"),
        ("sklearn", "scikit-learn"),
        ("OpenCV", "opencv-python"),
        ("scikit.learn", "scikit-learn"),
    ],
)
def test_what_documents_mean(said, name):
    assert spoken(said) == name


def test_the_kept_map_agrees_with_what_is_installed_here():
    here = importlib.metadata.packages_distributions()
    shared = {module: name for module, name in DIFFERENT.items() if module in here}
    assert shared
    assert all(name in {canonical(d) for d in here[module]} for module, name in shared.items())


def test_every_distribution_in_the_map_is_canonical():
    assert all(canonical(name) == name for name in {*DIFFERENT.values(), *KNOWN})


def test_modules_of_a_site_packages_folder(tmp_path):
    info = tmp_path / "Pillow-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: Pillow\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("PIL\n")
    assert installed_modules((str(tmp_path),)) == {"PIL": "Pillow"}
