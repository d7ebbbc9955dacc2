"""The table of output formats of `check`; a format's module is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from artifactpack.models.verdict import CheckResult

Render = Callable[..., str]


def _lazy(module: str, *wanted: str) -> Render:
    def render(result: CheckResult, **options: Any) -> str:
        kept = {name: options[name] for name in wanted if name in options}
        text: str = import_module(f"artifactpack.report.{module}").render(result, **kept)
        return text

    return render


# Every renderer takes the result and ignores the options (verbose, line, prefix) that it has no use for.
FORMATS: dict[str, Render] = {
    "text": _lazy("check_text", "verbose"),
    "json": _lazy("check_json", "line"),
    "markdown": _lazy("check_markdown"),
    "html": _lazy("check_html"),
    "sarif": _lazy("check_sarif", "prefix"),
    "junit": _lazy("check_junit"),
    "github": _lazy("check_github", "prefix"),
    "gitlab": _lazy("check_gitlab", "prefix"),
    "csv": _lazy("check_csv"),
}
