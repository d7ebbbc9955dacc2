# ruff: noqa: E501 - a table
"""Over sixty identity marks, each planted its own way in a small project; built here, so that no name is a real one."""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class Plant:
    """``needle`` is what must be seen in ``path``; ``known`` are terms or marks that come from outside the files."""

    id: str
    path: str
    data: bytes
    needle: str


NAME, USER, MAIL, LAB = "Zelda Quackenbush", "zquack", "zelda.q@nebulab.edu", "nebulab"
ORCID = "0000-0002-1825-0097"
TERMS = (LAB, "cluster77", "Projekt Möwe")


def _png(kind: bytes, body: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(kind, body) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    )


def _exif(tag: int, value: bytes) -> bytes:
    value += b"\0"
    return b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", tag, 2, len(value), 26) + b"\0\0\0\0" + value


def _jpeg(marker: int, body: bytes) -> bytes:
    return b"\xff\xd8\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body + b"\xff\xda\0\x02\0\xff\xd9"


def _pdf(info: bytes, stream: bytes = b"") -> bytes:
    packed = zlib.compress(stream)
    return (
        b"%PDF-1.4\n1 0 obj\n<< " + info + b" >>\nendobj\n2 0 obj\n<< /Filter /FlateDecode /Length "
        + str(len(packed)).encode() + b" >>\nstream\n" + packed + b"\nendstream\nendobj\ntrailer << /Info 1 0 R >>\n%%EOF\n"
    )  # fmt: skip


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)  # a fixed date: the same bytes whenever it is made
    return out.getvalue()


def _notebook(metadata: dict[str, object], cell: dict[str, object], output: str = "") -> bytes:
    outputs = [{"output_type": "stream", "name": "stdout", "text": [output]}]
    cells = [{"cell_type": "code", "metadata": cell, "source": ["1"], "outputs": outputs, "execution_count": 1}]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


def _notebook_picture(picture: bytes) -> str:
    output = {"output_type": "display_data", "data": {"image/png": base64.b64encode(picture).decode()}, "metadata": {}}
    cell = {"cell_type": "code", "metadata": {}, "source": ["1"], "outputs": [output], "execution_count": 1}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _webp(exif: bytes) -> bytes:
    chunks = ((b"VP8X", b"\x08" + bytes(9)), (b"VP8L", b"\x2f" + bytes(5)), (b"EXIF", exif + bytes(len(exif) % 2)))
    body = b"".join(kind + struct.pack("<I", len(data)) + data for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _tar(owner: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("a.txt")
        member.uname = owner
        archive.addfile(member, io.BytesIO())
    return out.getvalue()


def _b64(text: str, shift: int) -> bytes:
    return b"blob = '" + base64.b64encode(b"?" * shift + text.encode() + b" and so on") + b"'\n"


def plants() -> list[Plant]:
    """All of them."""
    text = [
        ("licence-holder", "LICENSE", f"MIT License\n\nCopyright (c) 2026 {NAME}\n", NAME),
        ("licence-organisation", "COPYING", "Copyright 2025-2026 Nebula Dynamics Institute\nAll rights reserved.\n", "Nebula Dynamics"),
        ("pyproject-author", "pyproject.toml", f'[project]\nname = "x"\nauthors = [{{ name = "{NAME}", email = "{MAIL}" }}]\n', NAME),
        ("setup-author", "setup.py", 'setup(name="x", author="Hieronymus Blat", author_email="h.blat@nebulab.edu")\n', "Hieronymus Blat"),
        ("setup-cfg", "setup.cfg", "[metadata]\nauthor = Wilhelmina Orrk\n", "Wilhelmina Orrk"),
        ("citation", "CITATION.cff", f"authors:\n  - family-names: Quackenbush\n    given-names: Zelda\n    orcid: https://orcid.org/{ORCID}\n", NAME),
        ("orcid", "docs/about.md", f"<https://orcid.org/{ORCID}>\n", ORCID),
        ("codemeta", "codemeta.json", json.dumps({"author": [{"givenName": "Ottoline", "familyName": "Drex", "affiliation": "Uni Nebel"}]}), "Ottoline Drex"),
        ("affiliation", "package.json", json.dumps({"author": {"name": "Ottoline Drex", "affiliation": "Uni Nebel"}}), "Uni Nebel"),
        ("authors-file", "AUTHORS", "* Balthasar Ommelet <b@ommelet.dev>\n", "Balthasar Ommelet"),
        ("codeowners", ".github/CODEOWNERS", "* @zelda-codes\n", "zelda-codes"),
        ("dunder-author", "src/a.py", '__author__ = "Ignatius Plumb"\n', "Ignatius Plumb"),
        ("comment-author", "src/b.py", "# Author: Philippa Knoll <p.knoll@nebulab.edu>\n", "Philippa Knoll"),
        ("docker-maintainer", "Dockerfile", 'FROM python:3.11\nLABEL maintainer="Casimir Vogt"\n', "Casimir Vogt"),
        ("latex-author", "paper/main.tex", "\\author{Theodora Wisp}\n", "Theodora Wisp"),
        ("latex-authors", "paper/b.tex", "\\author{Sigrid Holloway$^{1}$ \\\\ Uni Nord \\And\n%\n  Petunia Grout\\thanks{x} \\\\ Lab}\n", "Petunia Grout"),
        ("latex-icml", "paper/c.tex", "\\icmlauthor{Hildegard Moss}{equal,x}\n", "Hildegard Moss"),
        ("citation-flow", "sub/CITATION.cff", "authors: [{family-names: Flowerly, given-names: Agnes}]\n", "Agnes Flowerly"),
        ("project-address", "sub/pyproject.toml", '[project.urls]\nRepository = "https://github.com/noxlab/x"\n', "noxlab"),
        ("image-source", "docker/Dockerfile", "LABEL org.opencontainers.image.source=https://github.com/gundula/x\n", "gundula"),
        ("bibtex-own", "README.md", "# x\n```\n@article{q26, author = {Nettle, Barnaby and Quackenbush, Zelda}, title = {X}}\n```\n", "Barnaby Nettle"),
        ("e-mail", "src/c.py", f"# questions: {MAIL}\n", MAIL),
        ("e-mail-in-json", "conf/mail.json", '{"notify": "ops-room@kumquat.ac.uk"}', "ops-room@kumquat.ac.uk"),
        ("e-mail-spelt-out", "docs/contact.md", "isolde.k [at] tarnlab [dot] edu\n", "isolde.k [at] tarnlab [dot] edu"),
        ("slurm-mail", "train.sbatch", "#SBATCH --mail-user=quax@nebulab.edu\n", "quax@nebulab.edu"),
        ("slurm-account", "train2.sbatch", "#SBATCH --account=def-quackz\n", "def-quackz"),
        ("slurm-partition", "train3.sbatch", "#SBATCH -p nebula-gpu\n", "nebula-gpu"),
        ("slurm-node", "logs/slurm-1.out", "SLURMD_NODENAME=nebnode042\n", "nebnode042"),
        ("slurm-nodelist", "train4.sbatch", "#SBATCH --nodelist=rosalind[01-04]\n", "rosalind"),
        ("ssh-user", "sync.sh", "rsync -a out/ heinrich@storage7:/x\n", "heinrich"),
        ("ssh-address", "conf/dvc.ini", "url = ssh://gerlinde@login3.tarn.ac.uk/data\n", "login3.tarn.ac.uk"),
        ("home-linux", "conf/a.yaml", f"cache: /home/{USER}/cache\n", USER),
        ("home-mac", "conf/b.yaml", "cache: /Users/ottodrex/cache\n", "ottodrex"),
        ("home-windows", "conf/c.yaml", "cache: C:\\Users\\hblat\\cache\n", "hblat"),
        ("home-windows-escaped", "conf/c.json", '{"cache": "C:\\\\Users\\\\worrk\\\\cache"}', "worrk"),
        ("home-cluster", "conf/d.yaml", "cache: /scratch/users/bommelet/x\n", "bommelet"),
        ("home-encoded", "conf/e.txt", "file?path=%2Fhome%2Fknollp%2Fx\n", "knollp"),
        ("home-encoded-mac", "conf/f.txt", "file%3A%2F%2F%2FUsers%2Fulfried%2Fx\n", "ulfried"),
        ("home-split-windows", "src/l.py", 'p = os.path.join("C:\\\\Users", "dietmar", "x")\n', "dietmar"),
        ("home-split-plus", "src/m.py", 'p = "/home" + "/" + "friedel"\n', "friedel"),
        ("home-base64", "conf/b64.txt", base64.b64encode(b'{"cwd": "/home/walburga/x", "n": 1}').decode() + "\n", "walburga"),
        ("home-split", "src/d.py", 'p = os.path.join("/home", "plumbi", "x")\n', "plumbi"),
        ("home-split-div", "src/e.py", 'p = Path("home") / "wispt"\n', "wispt"),
        ("conda-prefix", "environment.yml", "name: x\nprefix: /opt/envs-nebel/x\n", "/opt/envs-nebel/x"),
        ("freeze-file-url", "requirements.txt", "numpy\npkg @ file:///srv/quack/pkg-1.0.whl\n", "/srv/quack/pkg-1.0.whl"),
        ("wandb-entity", "src/f.py", 'wandb.init(project="x", entity="quack-team")\n', "quack-team"),
        ("wandb-yaml", "conf/w.yaml", "wandb_entity: nebel-runs\n", "nebel-runs"),
        ("wandb-url", "docs/runs.md", "see https://wandb.ai/quackruns/x/runs/1\n", "quackruns"),
        ("wandb-host", "wandb/run-1/files/wandb-metadata.json", '{"host": "nebhost9", "username": "zq42"}', "nebhost9"),
        ("wandb-user", "wandb/run-2/files/wandb-metadata.json", '{"username": "zeldauser"}', "zeldauser"),
        ("comet-workspace", "src/g.py", 'Experiment(workspace="quack-space")\n', "quack-space"),
        ("neptune-project", "src/h.py", 'neptune.init_run(project="quackneptune/x")\n', "quackneptune"),
        ("hub-push", "src/i.py", 'model.push_to_hub("quackhub/model-x")\n', "quackhub"),
        ("hub-argument", "conf/t.yaml", "hub_model_id: quackorg/model-y\n", "quackorg"),
        ("docker-push", "Makefile", "push:\n\tdocker push quackimages/x:1\n", "quackimages"),
        ("entity-variable", "run.sh", "export WANDB_ENTITY=quack-env\n", "quack-env"),
        ("grant", "docs/thanks.md", "Supported by grant no. NEB-2024-1177.\n", "NEB-2024-1177"),
        ("term", "src/j.py", "# runs on Cluster77\n", "cluster77"),
        ("term-in-name", "data/nebulab_split.csv", "a,b\n", LAB),
        ("term-accents", "docs/m.md", "PROJEKT MÖWE, projekt mowe\n", "Projekt Möwe"),
        ("term-url-encoded", "docs/u.md", f"?q={quote('Projekt Möwe')}\n", "Projekt Möwe"),
        ("term-json-escaped", "docs/u.json", json.dumps({"p": "Projekt Möwe"}), "Projekt Möwe"),
        ("mail-base64", "src/k.py", _b64(MAIL, 1).decode(), MAIL),
        ("notebook-picture", "nb/d.ipynb", _notebook_picture(_png(b"tEXt", b"Author\0Sunniva Drake")), "Sunniva Drake"),
        ("notebook-output", "nb/a.ipynb", _notebook({}, {}, "/home/nbuser7/x\n").decode(), "nbuser7"),
        ("notebook-authors", "nb/b.ipynb", _notebook({"authors": [{"name": "Euphemia Stoat"}]}, {}).decode(), "Euphemia Stoat"),
        ("notebook-colab", "nb/c.ipynb", _notebook({}, {"executionInfo": {"user": {"displayName": "Lucasta Brill"}}}).decode(), "Lucasta Brill"),
        ("svg-creator", "fig/a.svg", "<svg><metadata><dc:creator><cc:Agent><dc:title>Mortimer Glade</dc:title></cc:Agent></dc:creator></metadata></svg>", "Mortimer Glade"),
    ]  # fmt: skip
    binary = [
        ("event-file-name", "runs/events.out.tfevents.1700000000.nebtower.123.0", b"\0\1\2", "nebtower"),
        ("png-author", "fig/a.png", _png(b"tEXt", b"Author\0Rosamund Tarn"), "Rosamund Tarn"),
        ("jpeg-artist", "fig/b.jpg", _jpeg(0xE1, b"Exif\0\0" + _exif(0x013B, b"Lysander Moot")), "Lysander Moot"),
        ("pdf-author", "fig/c.pdf", _pdf(b"/Author (Cordelia Frisk)"), "Cordelia Frisk"),
        ("pdf-page", "fig/d.pdf", _pdf(b"", b"BT [(Zel)-3(da)-333(Quack)12(enbush)] TJ ET"), NAME),
        (
            "docx-creator",
            "doc/a.docx",
            _zip({"docProps/core.xml": b"<x><dc:creator>Araminta Pell</dc:creator></x>"}),
            "Araminta Pell",
        ),
        (
            "docx-comment",
            "doc/b.docx",
            _zip({"word/comments.xml": b'<w:comment w:id="0" w:author="Horatio Fenn" w:initials="HF">'}),
            "Horatio Fenn",
        ),
        ("webp-artist", "fig/b.webp", _webp(_exif(0x013B, b"Magnus Thorn")), "Magnus Thorn"),
        ("tar-owner", "data/a.tar", _tar("ambroise"), "ambroise"),
        ("pickle", "cache/a.pkl", pickle.dumps({"path": "/home/picklehome/x"}), "picklehome"),
        ("gzip", "logs/a.log.gz", gzip.compress(b"saved to /home/gziphome/x\n", mtime=0), "gziphome"),
        ("npz", "data/a.npz", _zip({"meta.npy": b"x" * 40 + b" /home/npzhome/run \n"}), "npzhome"),
        ("utf-16", "docs/w.txt", "made at nebulab".encode("utf-16"), LAB),
    ]
    return [Plant(i, p, d.encode() if isinstance(d, str) else d, n) for i, p, d, n in [*text, *binary]]


def write(root: Path) -> list[Plant]:
    """Write all of them below *root*."""
    for plant in (all_plants := plants()):
        file = root / plant.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(plant.data)
    return all_plants
