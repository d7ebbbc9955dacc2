"""Parameters read from command lines."""

import pytest

from artifactpack.core.parameter_values import coerce, on_argv


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("python train.py --lr 0.1 --seed 3", {"lr": 0.1, "seed": 3}),
        ("python train.py --lr=1e-3 --name=adam", {"lr": 0.001, "name": "adam"}),
        ("python -u train.py -b 32 --amp --no-bias", {"b": 32, "amp": True, "no-bias": True}),
        ("python train.py --shift -0.5 --layers 64 32 out", {"shift": -0.5, "layers": [64, 32]}),
        (
            "python -m pkg.train optimizer.lr=0.2 +model=big ++x.y=true",
            {"optimizer.lr": 0.2, "model": "big", "x.y": True},
        ),
        ("torchrun --nproc_per_node 2 train.py --lr 1", {"lr": 1}),
        ("python train.py --data digits epochs=3", {"data": "digits", "epochs": 3}),
        ("bash run.sh --fast", {"fast": True}),
        ("./program --depth 2 -- --not=ours", {"depth": 2}),
        ("python train.py 3 out", {}),
        ("python", {}),
        ("", {}),
    ],
)
def test_options(words, found):
    assert on_argv(words.split()) == found


@pytest.mark.parametrize(("text", "value"), [("007", 7), ("1.50", 1.5), ("False", False), ("null", None), ("v2", "v2")])
def test_coerce(text, value):
    assert coerce(text) == value
