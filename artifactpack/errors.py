"""Every exception of artifactpack; each is one sentence that says what, where, and what to do.

::

    ArtifactPackError            exit
    ├── InputError                 2   bad usage or unusable input
    │   ├── ConfigError            2   artifactpack.toml
    │   ├── ChecklistError         2   a checklist or profile YAML
    │   └── MissingExtraError      2   an optional dependency is needed
    ├── ShortfallError             1   the thing examined falls short (a recorded command failed …)
    ├── RefusedError               3   unsafe, corrupt, not a bundle, secret or mark found, no sandbox
    └── InfrastructureError        4   no space, scheduler gone, out of memory: on our side
"""

from __future__ import annotations

from typing import Any


class ArtifactPackError(Exception):
    """Base of all; ``exit_code`` is the process's exit status (architecture contract 5)."""

    exit_code = 2


class InputError(ArtifactPackError):
    """Bad usage or unusable input: a missing path, a malformed file."""


class ConfigError(InputError):
    """The project's configuration cannot be used; the message lists every fault with its key."""


class ChecklistError(InputError):
    """A checklist or profile cannot be used; the message lists every fault with file, item and key.

    ``items`` are those that could be read all the same, as far as they could.
    """

    def __init__(self, message: str, *, items: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.items = items


class MissingExtraError(InputError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional dependency: pip install 'artifactpack[{extra}]'")
        self.extra = extra


class ShortfallError(ArtifactPackError):
    """The thing examined falls short: a recorded command failed, a claim was not reproduced."""

    exit_code = 1


class RefusedError(ArtifactPackError):
    """We will not go on: not a bundle, corrupt, unsafe, a secret or identity mark, no sandbox without consent."""

    exit_code = 3


class InfrastructureError(ArtifactPackError):
    """Something on our side failed, never the author's fault: no space, scheduler gone, out of memory."""

    exit_code = 4
