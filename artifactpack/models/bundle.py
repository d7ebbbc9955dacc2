"""What bundling decided and made (schema artifactpack.bundle/1), and what verifying found (artifactpack.verify/1)."""

from __future__ import annotations

from typing import Literal

from artifactpack.models.manifest import Role
from artifactpack.models.records import record


@record
class Choice:
    """One file and why it is in the bundle, in it by address only, or out of it; ``size`` in bytes.

    ``path`` is the member's name, or for what stays out the project's path.
    """

    path: str
    size: int
    role: Role
    state: Literal["in", "thin", "out"]
    why: str


@record
class Budget:
    """The venue's limit in bytes (0: none), what the bundle takes, and what to make thin first, largest first."""

    profile: str = ""
    title: str = ""
    limit: int = 0
    size: int = 0
    fits: bool = True
    thin_first: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@record
class BundleResult:
    """``findings`` are things the author should know; none of them stopped the bundle."""

    schema: str = "artifactpack.bundle/1"
    tool_version: str = ""
    path: str = ""
    dry_run: bool = False
    anonymous: bool = False
    size: int = 0
    digest: str = ""
    signature: str = ""
    mapping: str = ""
    runs: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    findings: tuple[str, ...] = ()
    budget: Budget = Budget()


@record
class WeightSafety:
    path: str
    format: str = ""
    parameters: int | None = None
    safety: str = "unknown"
    reasons: tuple[str, ...] = ()


@record
class SignatureCheck:
    """``state`` is absent, good (made by ``principal``), unknown-key (valid, made by nobody we know), or bad."""

    state: Literal["absent", "good", "unknown-key", "bad", "not-checked"] = "absent"
    principal: str = ""
    key: str = ""
    note: str = ""


@record
class VerifyClaim:
    """A claim recomputed from the bundled records; ``agrees`` tells whether `claims.json` says the same."""

    id: str
    text: str = ""
    verdict: str = ""
    stated: str = ""
    recorded: float | None = None
    agrees: bool = True


@record
class VerifyResult:
    """``problems`` make the exit status 3 where the archive lies, ``short`` 1 where a claim does not hold."""

    schema: str = "artifactpack.verify/1"
    tool_version: str = ""
    bundle: str = ""
    zipped: bool = True
    name: str = ""
    written_by: str = ""
    digest: str = ""
    members: int = 0
    size: int = 0
    thin: tuple[str, ...] = ()
    runs: int = 0
    claims: tuple[VerifyClaim, ...] = ()
    weights: tuple[WeightSafety, ...] = ()
    signature: SignatureCheck = SignatureCheck()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
