"""Why a run failed: whose side it is, read from exit, limits and last lines; in doubt the harness never blames."""

from __future__ import annotations

import re
from collections.abc import Mapping

from artifactpack.models.outcome import Cause
from artifactpack.models.run import RunRecord
from artifactpack.patterns import late

_LIMITS = {
    "memory": "it used more memory than the limit here",
    "disk": "it wrote more than the limit here",
    "time": "it ran longer than the limit here",
    "processes": "it started more processes than the limit here",
}
_WALLS = ("bwrap:", "unshare:", "artifactpack walls:", "docker:", "Error: crun", "Error: runc")
_RESOURCE = late(
    r"MemoryError|out of memory|OutOfMemoryError|Cannot allocate memory|No space left on device|Disk quota exceeded"
    r"|File size limit exceeded|\[Errno 27\] File too large|std::bad_alloc",
    re.IGNORECASE,
)
_DEVICE = late(
    r"No CUDA GPUs are available|Torch not compiled with CUDA|no NVIDIA driver|CUDA driver version is insufficient"
    r"|Attempting to deserialize object on a CUDA device|no kernel image is available",
    re.IGNORECASE,
)
_ENVIRONMENT = late(
    r"ModuleNotFoundError|ImportError|GLIBC_\S+. not found|cannot open shared object file|undefined symbol"
    r"|is not compatible with|requires a different Python|numpy\.dtype size changed|Illegal instruction"
)
_NETWORK = late(
    r"Network is unreachable|Temporary failure in name resolution|Name or service not known|NewConnectionError"
    r"|getaddrinfo failed|MaxRetryError|LocalEntryNotFoundError|OfflineModeIsEnabled|URLError"
)
_MISSING = late(r"FileNotFoundError: .*?['\"]([^'\"]+)['\"]|No such file or directory: ['\"]?([^'\"\n]+)")
_HASH = late(r"(?i)(sha-?256|md5|checksum|hash)[^\n]{0,80}(differ|mismatch|expected|does not match|unexpected)")


def attribute(run: RunRecord, seen: Mapping[str, object], network: bool = False) -> tuple[Cause, str]:
    """The cause of *run*'s failure and a sentence; *seen* is what the supervisor reported."""
    last = _last(run.tail) or run.error or f"exit code {run.exit_code}"
    if not seen or (not run.observed and last.startswith(_WALLS)):
        return "harness", f"our own walls did not stand: {last}"
    limit = str(seen.get("reason") or "")
    if limit in _LIMITS:
        return "resource", _LIMITS[limit]
    if run.state == "timeout":
        return "resource", "it ran longer than its timeout"
    if run.state == "interrupted":
        return "harness", "it was interrupted here"
    text = f"{run.tail}\n{run.error}"
    if _RESOURCE.search(text) or (run.signal == "SIGKILL" and not limit):
        return "resource", f"this machine's memory or disk gave out: {last}"
    if run.signal == "SIGXFSZ" or run.exit_code == 128 + 25:
        return "resource", "one file grew beyond the limit here"
    if _DEVICE.search(text):
        return "resource", f"the device it wants is not here: {last}"
    if _ENVIRONMENT.search(text):
        return "environment", last
    if _NETWORK.search(text) and not network:
        return "data", f"it wants the network, which is closed (--network opens it): {last}"
    if _HASH.search(text):
        return "data", f"its data is not the recorded data: {last}"
    return _author(run, text, last)


def _author(run: RunRecord, text: str, last: str) -> tuple[Cause, str]:
    missing = _MISSING.search(text)
    if missing:
        path = (missing[1] or missing[2] or "").strip()
        known = {use.path for use in run.read}
        kind: Cause = "data" if re.search(r"(?i)data|\.npz|\.csv|\.parquet|\.h5|\.tar|\.zip", path) else "author"
        return kind, f"a file is missing: {path}" + ("" if path not in known else " (it was there before)")
    if run.exit_code in (126, 127) and not run.observed:
        return "harness", f"it could not be started: {last}"
    if run.state == "finished":
        return "author", "it finished, but its metrics are missing"
    return "author", f"its code failed ({_ending(run)}): {last}"


def _ending(run: RunRecord) -> str:
    return run.signal or f"exit code {run.exit_code}"


def _last(tail: str) -> str:
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
