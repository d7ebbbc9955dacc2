"""What verify believes: bytes, records, signatures; nothing that the bundle merely says."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
from pathlib import Path

import pytest

from artifactpack.archive import bag
from artifactpack.archive.content import DERIVED, Entry
from artifactpack.archive.reader import open_bundle
from artifactpack.archive.writer import write_bundle
from artifactpack.errors import InputError, RefusedError
from artifactpack.pipeline.bundle import Options, bundle
from artifactpack.pipeline.verify import export, verify
from artifactpack.report.verify_text import render
from tests.support.apt import need
from tests.support.projects import make_project, small_bundle

pytestmark = pytest.mark.usefixtures("kept_cache")


@pytest.fixture
def made(made_copy) -> Path:
    return made_copy(small_bundle) / "a.zip"


def forged(made: Path, change: dict[str, bytes]) -> Path:
    """A bundle whose manifests are right for *change*: what a clever forger would write."""
    with open_bundle(made) as opened:
        files = {m.path: (m.role, opened.read(m.path)) for m in opened.manifest.members}
    files |= {path: (files.get(path, ("weights",))[0], data) for path, data in change.items()}
    entries = [Entry(path, role, data) for path, (role, data) in files.items()]
    target = made.with_name("forged.zip")
    payload = [e for e in entries if e.path.startswith("data/")]
    write_bundle(target, payload, lambda _: [e for e in entries if not e.path.startswith("data/")])
    return target


def test_a_good_bundle(made):
    result = verify(made)
    assert result.problems == ()
    assert (result.runs, [c.verdict for c in result.claims]) == (1, ["supported"])
    assert result.claims[0].recorded == pytest.approx(0.9)
    assert result.zipped


@pytest.mark.parametrize("place", [".", "data/.."])
def test_the_folder_one_stands_in(made, place, tmp_path, monkeypatch):
    with open_bundle(made) as opened:
        opened.extract(tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out")
    assert verify(Path(place)).digest == verify(made).digest


@pytest.mark.parametrize("how", ["unzip", "ours"])
def test_the_unpacked_folder_has_the_same_digest(made, how, tmp_path):
    if how == "unzip":
        subprocess.run([need("unzip"), "-q", str(made), "-d", str(tmp_path / "out")], check=True)
    else:
        with open_bundle(made) as opened:
            opened.extract(tmp_path / "out")
    result = verify(tmp_path / "out")
    assert (result.digest, result.problems, result.zipped) == (verify(made).digest, (), False)


def test_zipped_again_is_refused_and_says_what_to_do(made, tmp_path):
    subprocess.run([need("unzip"), "-q", str(made), "-d", str(tmp_path / "out")], check=True)
    subprocess.run([need("zip"), "-qr", str(tmp_path / "again.zip"), "."], cwd=tmp_path / "out", check=True)
    with pytest.raises(RefusedError, match=r"unpack it and verify the folder"):
        verify(tmp_path / "again.zip")


@pytest.mark.parametrize("fault", ["changed", "missing", "extra", "link", "pipe", "folder-link"])
def test_a_folder_that_was_tampered_with(made, fault, tmp_path):
    import os

    with open_bundle(made) as opened:
        opened.extract(tmp_path / "out")
    train = tmp_path / "out/data/project/train.py"
    if fault in ("missing", "link", "pipe"):
        train.unlink()
    if fault == "changed":
        train.write_text("print(2)\n")
    elif fault == "extra":
        train.with_name("extra.py").write_text("")
    elif fault == "link":
        train.symlink_to("/etc/passwd")
    elif fault == "pipe":
        os.mkfifo(train)
    elif fault == "folder-link":
        shutil.move(train.parent, tmp_path / "moved")
        train.parent.symlink_to(tmp_path / "moved")
    with pytest.raises(RefusedError, match=r"train\.py|extra\.py|data/project"):
        verify(tmp_path / "out")


def test_claims_are_computed_from_records_not_believed(made):
    with open_bundle(made) as opened:
        told = json.loads(opened.read("artifactpack/claims.json"))
    told["claims"][0] |= {"recorded": 0.97, "verdict": "supported"}
    result = verify(forged(made, {"artifactpack/claims.json": json.dumps(told).encode()}))
    assert "C1: artifactpack/claims.json says something else than the bundled records give" in result.problems


def test_a_crate_that_lies_is_a_problem(made):
    result = verify(forged(made, {"data/project/train.py": b"print(2)\n"}))
    assert result.problems == ("ro-crate-metadata.json has another hash or size for data/project/train.py",)


class Evil:
    def __reduce__(self):
        import os

        return (os.system, ("true",))


def test_weights_that_run_code_are_a_problem(made):
    result = verify(forged(made, {"data/project/model.pkl": pickle.dumps(Evil())}))
    assert any(p.startswith("data/project/model.pkl is unsafe to load") for p in result.problems)


def test_a_record_that_is_none_is_refused(made):
    with pytest.raises(RefusedError, match=r"record\.json is not a RunRecord"):
        verify(forged(made, {"data/runs/train-s0/record.json": b'{"id": 3}'}))


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("data/runs/train-s0/record.json", lambda d: d.replace(b'"train-s0"', b'"../../x"')),
        ("data/runs/train-s0/record.json", lambda d: d.replace(b"{", b'{"id": "other", ', 1)),
        ("data/runs/train-s0/record.json", lambda d: d.replace(b"{", b'{"\\u001b[2J\\nevil": 1, ', 1)),
        ("data/runs/train-s0/metrics.json", lambda d: b'{"accuracy": [[1, NaN]]}'),
        ("data/project/artifactpack.toml", lambda d: b".".join([b"a"] * 50_000) + b" = 1"),
    ],
    ids=["another run", "key twice", "words that drive a terminal", "NaN", "a key without end"],
)
def test_members_made_to_mislead_are_refused(made, path, change):
    with open_bundle(made) as opened:
        data = opened.read(path)
    assert change(data) != data
    with pytest.raises(RefusedError):
        verify(forged(made, {path: change(data)}))


@pytest.mark.parametrize("path", ["artifactpack/check.json", "artifactpack/reference.json"])
def test_our_own_files_are_what_they_are_called(made, path):
    assert any(path in p and "/1" in p for p in verify(forged(made, {path: b"{}"})).problems)


def test_a_crate_whose_words_mean_something_else_is_a_problem(made):
    with open_bundle(made) as opened:
        crate = json.loads(opened.read("ro-crate-metadata.json"))
    crate["@context"] = "https://example.org/context"
    found = verify(forged(made, {"ro-crate-metadata.json": json.dumps(crate).encode()})).problems
    assert any("@context" in problem for problem in found)


def test_deep_json_is_refused(made):
    with pytest.raises(RefusedError, match="is not JSON"):
        verify(forged(made, {"data/runs/train-s0/record.json": b"[" * 100_000}))


def test_what_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        verify(tmp_path / "none.zip")


def test_every_tag_file_is_listed(made):
    with open_bundle(made) as opened:
        lines = opened.tagmanifest().decode().splitlines()
        tags = {m.path for m in opened.manifest.members if not m.path.startswith("data/")}
        assert {line.split("  ", 1)[1] for line in lines} == tags | set(bag.derived(opened.manifest, {})) - {
            "tagmanifest-sha256.txt"
        }
        assert tags.isdisjoint(DERIVED)


def test_the_statement_is_about_this_bundle(made):
    assert json.loads(export(made))["predicate"]["bundleDigest"]["sha256"] == verify(made).digest


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("ssh-keygen", package="openssh-client")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("mine", "other"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "who@where", "-f", str(folder / name)], check=True
        )
    return folder


@pytest.fixture
def signed(made, keys) -> Path:
    bundle(made.parent / "paper", made, Options(pdf=False, sign=str(keys / "mine")))
    return made


def test_a_signature_tells_the_key_and_no_name(signed, keys):
    result = verify(signed)
    assert (result.signature.state, result.problems) == ("unknown-key", ())
    assert result.signature.key.startswith("SHA256:")
    assert b"who@where" not in signed.with_name("a.zip.sig").read_bytes()
    known = verify(signed, signer=keys / "mine.pub")
    assert (known.signature.state, known.signature.principal) == ("good", "")
    assert "✓ signed with the key SHA256:" in render(known)
    assert "? signed with the key SHA256:" in render(result)


def test_allowed_signers_name_who_it_was(signed, keys, tmp_path):
    allowed = tmp_path / "allowed"
    allowed.write_text(f"ada@example.org {(keys / 'mine.pub').read_text()}")
    assert verify(signed, signer=allowed).signature.principal == "ada@example.org"


@pytest.mark.parametrize("case", ["other-key", "other-bundle", "none", "garbage"])
def test_a_wrong_signature_is_a_problem(case, signed, keys):
    signature = signed.with_name("a.zip.sig")
    if case == "none":
        signature.unlink()
    elif case == "garbage":
        signature.write_text("nothing")
    elif case == "other-bundle":
        project = make_project(signed.parent / "paper2", {"x.py": ""})
        bundle(project, signed, Options(pdf=False))
    signer = keys / ("other.pub" if case == "other-key" else "mine.pub")
    result = verify(signed, signer=signer)
    assert result.signature.state in ("bad", "absent")
    assert [p for p in result.problems if p.startswith("signature: ")]


def test_a_throw_away_key_is_made_once(made):
    project = made.parent / "paper"
    bundle(project, made, Options(pdf=False, sign="new"))
    key = made.with_name("a.zip.key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.with_name("a.zip.key.pub").read_text().strip().count(" ") == 1  # no comment
    with pytest.raises(InputError, match="is there already"):
        bundle(project, made, Options(pdf=False, sign="new"))
