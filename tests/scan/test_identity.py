"""Identity marks: every planted one is found, ordinary code is left alone."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pytest

from artifactpack.models.scan import Mark
from artifactpack.scan import identity, unpack
from artifactpack.scan.identity_shapes import is_orcid
from artifactpack.scan.marks import Matcher, base64_cores

from .planted import TERMS, plants

PLANTS = plants()
MARKS = identity.unique(
    [*(Mark(kind="term", text=t) for t in TERMS), *(m for p in PLANTS for m in identity.collect(p.path, p.data))]
)


def test_sixty_or_more_are_planted_each_its_own_way():
    assert len({p.id for p in PLANTS}) == len(PLANTS) >= 60
    assert len({p.path for p in PLANTS}) == len(PLANTS)


@pytest.mark.parametrize("plant", [pytest.param(p, id=p.id) for p in PLANTS])
def test_every_planted_mark_is_seen_in_its_file(plant):
    look = identity.find(plant.path, plant.data, Matcher(MARKS))
    seen = " | ".join(s.text for s in look.sightings).lower()
    assert plant.needle.lower() in seen, [str(s) for s in look.sightings]


ORDINARY = {
    "imports": b"from torch.optim import Adam\nimport numpy as np\nx = max(1, 2)  # host memory\n",
    "placeholders": b"see /home/user/data, C:\\Users\\username\\x and you@example.com\n",
    "placeholders-in-paths": b"cd /home/myusername/x && /mnt/home/miniconda3/bin/python a.py\n",
    "git-clone-of-others": b"git clone https://github.com/NVIDIA/apex.git\npip install git+https://github.com/x/CLIP.git\n",
    "models-of-others": b'AutoModel.from_pretrained("facebook/opt-125m")\n',
    "decorator": b"@pytest.fixture\ndef a(): ...\n@torch.no_grad()\n",
    "versions": b"package@1.2.3 actions/checkout@v4 user@10.0.0.1\n",
    "gpl": b"Copyright (C) 2007 Free Software Foundation, Inc. <https://fsf.org/>\n",
    "apache": b"Copyright [yyyy] [name of copyright owner]\n",
    "apache-terms": b"      copyright license to reproduce, prepare Derivative Works of,\n"
    b"   copyright notice that is included\n",
    "cited": b"@article{v17, author = {Vaswani, Ashish}}\n",
    "shapes": b"0000-0002-1825-0098 is no ORCID\n",
    "partitions": b"#SBATCH --partition=gpu\n#SBATCH --gres=gpu:1\n",
    "redacted": b"# Author: anon1 <anon2@example.org>, /home/anon3/x, 0000-0000-0000-0000\n",
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_code_has_no_marks(name):
    path = {"gpl": "LICENSE", "apache": "LICENSE", "apache-terms": "LICENSE", "cited": "paper.bib"}.get(
        name, "src/x.py"
    )
    assert identity.unique(identity.collect(path, ORDINARY[name])) == ()
    assert identity.find(path, ORDINARY[name], Matcher(())).sightings == []


@pytest.mark.parametrize("shift", range(6))
def test_base64_is_seen_at_every_alignment(shift):
    import base64

    data = base64.b64encode(b"?" * shift + b"nebulab" + b"!" * 5)
    assert [s.how for s in Matcher([Mark(kind="term", text="nebulab")]).find(data)] == ["base64"]
    assert all(len(core) >= 8 for core in base64_cores(b"nebulab"))


@pytest.mark.parametrize("text", ["malice", "alices", "chalice"])
def test_a_user_name_is_not_seen_inside_a_word(text):
    assert Matcher([Mark(kind="user name", text="alice")]).find(text.encode()) == []


@pytest.mark.parametrize("text", ["/home/max/x", "~max/x", "max@lab", "github.com/max/x", "Path('/home') / 'max'"])
def test_a_user_name_that_is_a_word_counts_only_where_users_stand(text):
    matcher = Matcher([Mark(kind="user name", text="max")])
    assert matcher.find(text.encode())
    assert matcher.find(b"loss = max(a, b)  # the max of both") == []


@pytest.mark.parametrize(
    "text", ["Zelda Quackenbush", "quackenbush, zelda", "zelda_quackenbush", "Z. Quackenbush", "zquackenbush"]
)
def test_a_name_is_seen_however_it_is_joined(text):
    assert Matcher([Mark(kind="name", text="Zelda Quackenbush")]).find(text.encode())


def test_orcid_check_digit():
    assert is_orcid("0000-0002-1825-0097")
    assert is_orcid("0000-0002-1694-233X")
    assert not is_orcid("0000-0002-1825-0098")
    assert not is_orcid("0000-0000-0000-0000")


def test_what_cannot_be_opened_is_said():
    look = identity.find("data/x.parquet", b"PAR1" + bytes(100), Matcher(()))
    assert look.closed == ["data/x.parquet: parquet, which is not looked into"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_what_follows_a_compressed_stream_is_seen_or_said(pack):
    data = pack(b"nothing here\n") + pack(b"by jane.doe@uni-somewhere.edu\n")
    look = identity.find("rows.gz", data, Matcher(()))
    assert [s.text for s in look.sightings] == ["jane.doe@uni-somewhere.edu"] or "more follows" in look.closed[0]


@pytest.mark.parametrize(
    "data", [gzip.compress(bytes(range(256)) * 400)[:-40], b"x^2 + y^2 = z^2\n"], ids=["torn", "text"]
)
def test_a_stream_that_ends_too_early_is_said_and_text_is_none(data):
    assert bool(identity.find("a", data, Matcher(())).closed) is not data.isascii()


def test_members_beyond_those_looked_into_are_said(monkeypatch):
    monkeypatch.setattr(unpack, "MOST_MEMBERS", 3)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.txt", "words")
    assert "more than 3 members" in unpack.layers(packed.getvalue()).closed[0][1]
