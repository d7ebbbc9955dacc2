"""Detached signatures by `ssh-keygen -Y` over the bag's tag manifest: the same key, never proof of correctness."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from artifactpack.archive.atomic import write_bytes
from artifactpack.archive.reader import Bundle
from artifactpack.errors import InputError
from artifactpack.models.bundle import SignatureCheck

NAMESPACE = "artifactpack@v1"
NOBODY = "signer"  # ssh-keygen wants a name; a bare public key says none


def signature_path(bundle: Path) -> Path:
    """Where the signature of *bundle* lies: beside it."""
    named = bundle.resolve() if bundle.name in ("", "..") else bundle
    return named.with_name(named.name + ".sig")


def sign(bundle: Bundle, key: Path) -> Path:
    """Sign *bundle* with the private or agent-held *key* and return the signature's path; InputError if it fails."""
    if not key.is_file():
        raise InputError(f"{key}: no such key; make one with `ssh-keygen -t ed25519 -f {key}`")
    done = _run(["-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE], bundle.tagmanifest())
    if done.returncode:
        raise InputError(f"{key} cannot sign: {_last(done)}")
    target = signature_path(bundle.path)
    write_bytes(target, done.stdout)
    return target


def throwaway_key(target: Path) -> Path:
    """Make a fresh key at *target* with an empty comment, for one anonymous submission; InputError if it is there."""
    if target.exists():
        raise InputError(f"{target} is there already; a throw-away key is for one bundle only")
    done = _run(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(target)], b"")
    if done.returncode:
        raise InputError(f"cannot make a key at {target}: {_last(done)}")
    return target


def check(bundle: Bundle, signature: Path | None, signer: Path | None) -> SignatureCheck:
    """Hold *bundle* against *signature* (default: beside it) and the public key or allowed-signers file *signer*."""
    place = signature or signature_path(bundle.path)
    if not place.is_file():
        return SignatureCheck(state="absent", note=f"there is no signature at {place}" if signature or signer else "")
    if shutil.which("ssh-keygen") is None:
        return SignatureCheck(state="not-checked", note="a signature is there, but ssh-keygen is not installed")
    done = _run(["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(place)], bundle.tagmanifest())
    if done.returncode:
        return SignatureCheck(state="bad", note=f"{place} is not a signature of this {bundle.what}")
    key = done.stdout.decode("utf-8", "replace").strip().rpartition(" ")[2]
    if signer is None:
        return SignatureCheck(state="unknown-key", key=key, note="valid; name the key you expect with --signer")
    return _known(bundle, place, signer, key)


def _known(bundle: Bundle, place: Path, signer: Path, key: str) -> SignatureCheck:
    with TemporaryDirectory(prefix="artifactpack-") as folder:
        allowed = Path(folder, "allowed_signers")
        allowed.write_bytes(_allowed(signer))
        options = ["-s", str(place), "-f", str(allowed)]
        found = _run(["-Y", "find-principals", *options], b"")
        principal = found.stdout.decode("utf-8", "replace").strip().partition("\n")[0]
        if found.returncode or not principal:
            return SignatureCheck(state="bad", key=key, note=f"made by another key ({key}) than {signer} names")
        done = _run(["-Y", "verify", "-n", NAMESPACE, "-I", principal, *options], bundle.tagmanifest())
    if done.returncode:
        return SignatureCheck(state="bad", key=key, note=f"{signer} does not allow this signature: {_last(done)}")
    return SignatureCheck(state="good", principal="" if principal == NOBODY else principal, key=key)


def _allowed(signer: Path) -> bytes:
    """The allowed-signers file *signer*, or one made of the public key that it holds."""
    try:
        data = signer.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {signer}: {error.strerror}") from error
    if data.startswith((b"ssh-", b"ecdsa-", b"sk-")):
        return NOBODY.encode() + b" " + data.splitlines()[0] + b"\n"
    return data


def _run(arguments: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["ssh-keygen", *arguments], input=data, capture_output=True, check=False, timeout=120)
    except FileNotFoundError as error:
        raise InputError("signing needs ssh-keygen (OpenSSH 8.1 or later), which is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(
            "ssh-keygen gave no answer within two minutes (a key with a passphrase needs an agent)"
        ) from error


def _last(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"ssh-keygen exited with {done.returncode}"
