"""What looks like a credential in words that another tool or a person wrote: it is withheld, its place is kept."""

from __future__ import annotations

import re
from functools import lru_cache

from artifactpack.models.records import Json
from artifactpack.patterns import late

WITHHELD = "(withheld)"
_TOKEN = late(
    r"(?<![\w-])(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{30,}"
    r"|sk-(?:ant-|proj-)?[\w-]{32,}|xox[abprs]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*)"
)
_NAME = (
    r"(?:[\w./-]{0,200}(?:secret|passw(?:or)?d|passphrase|credential|(?:api|access|private)[_-]?key|webhook"
    r"|(?:api|access|auth|hub|hf|wandb|git|github|bearer|session|refresh)[_-]?token)[\w-]{0,200}|(?:[\w./-]{0,200}[./])?token)"
)
_NAMED = late(_NAME, re.IGNORECASE)
_GIVEN = late(rf"(?<![\w./-])(--?{_NAME}(?:=|\s+)|{_NAME}=)(\"[^\"]*\"|'[^']*'|[^\s\"']+)", re.IGNORECASE)
_ADDRESS = late(r"(://[^/\s:@'\"]+):[^/\s@'\"]+@")
_OPEN = late(r"\$\{.*\}|\{.*\}|<.*>|\[.*\]|\?{3}|None|null|true|false|", re.IGNORECASE)


@lru_cache(maxsize=8192)
def names_a_secret(name: str) -> bool:
    """Whether a setting's *name* says that its value is a credential (``db.password``; not ``pad_token``)."""
    return _NAMED.fullmatch(name) is not None


def without_password(text: str) -> str:
    """*text* with ``://user:password@`` made ``://user@``."""
    return _ADDRESS.sub(r"\1@", text) if "://" in text else text


def told(text: str) -> str:
    """*text*, a command or any words, with what looks like a credential withheld."""
    text = without_password(text)
    text = _GIVEN.sub(lambda m: m[0] if _OPEN.fullmatch(m[2]) else f"{m[1]}{WITHHELD}", text)
    return _TOKEN.sub(WITHHELD, text)


def setting(name: str, value: Json) -> Json:
    """The *value* of the setting *name*, or of each in a list or mapping, a credential in it withheld."""
    if isinstance(value, str):
        secret = names_a_secret(name) and not _OPEN.fullmatch(value)
        return WITHHELD if secret else told(value) if len(value) > 8 else value
    if isinstance(value, list | tuple):
        return [setting(name, one) for one in value]
    if isinstance(value, dict):
        return {key: setting(name if names_a_secret(name) else key, one) for key, one in value.items()}
    return value
