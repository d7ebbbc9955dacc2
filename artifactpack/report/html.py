"""The report as one self-contained HTML page: no network, no clock, nothing inline that its policy does not name."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from functools import cache
from typing import TYPE_CHECKING

from artifactpack.data import data_dir
from artifactpack.folders import cache_dir
from artifactpack.models.report import ReportData
from artifactpack.report import prose, scale, view, words

if TYPE_CHECKING:
    from jinja2 import Environment, FileSystemBytecodeCache
    from markupsafe import Markup


def render(data: ReportData) -> str:
    """Return the page; the same *data* gives the same bytes."""
    built = view.build(data)
    return fill(
        "report.html.j2",
        data=data,
        view=built,
        verdicts=built["verdicts"],
        title=_title(data),
        heading=data.title or data.name or "Artifact",
        tone=_tone(data),
    )


def fill(template: str, **values: object) -> str:
    """The page that *template* makes of *values*, with our style, script and policy."""
    css, js = _asset("report.css"), _asset("report.js")
    page = _environment().get_template(template).render(**values, css=css, js=js, policy=policy(css, js))
    return page.encode("utf-8", "replace").decode()  # halves of characters, as in names that are not UTF-8


def policy(css: str, js: str) -> str:
    """The Content-Security-Policy: nothing may load or run but this very style and script."""
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(js)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _title(data: ReportData) -> str:
    kind = "re-run" if data.rerun and data.check is None else "artifact report"
    return f"{data.title or data.name or 'Artifact'}: {kind}"


def _tone(data: ReportData) -> str:
    """``bad``, ``open`` or ``good``: the colour of the edge beside the verdict."""
    outcomes = {c.outcome for c in data.rerun.claims} if data.rerun else set()
    verdicts: set[str] = {i.verdict for c in data.check.checklists for i in c.items} if data.check else set()
    verdicts |= {c.verdict for c in data.claims}
    verdicts |= {c.record_verdict for c in data.rerun.claims} if data.rerun else set()
    if "contradicted" in verdicts or "not-reproduced" in outcomes:
        return "bad"
    if "no-evidence" in verdicts or outcomes & {"inconclusive", "not-comparable", "not-run"}:
        return "open"
    return "good"


@cache
def _asset(name: str) -> str:
    return (data_dir("templates") / "report" / name).read_text(encoding="utf-8")


def _compiled() -> FileSystemBytecodeCache | None:
    """Compiled templates in the user's own cache: half of the first page's time; None where none can be kept."""
    from jinja2 import FileSystemBytecodeCache

    folder = cache_dir() / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    own = not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()
    return FileSystemBytecodeCache(str(folder)) if own and os.access(folder, os.W_OK) else None


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(data_dir("templates") / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_compiled(),
    )
    environment.filters["digits"] = scale.digits
    environment.filters["rounded"] = scale.rounded
    environment.filters["duration"] = scale.duration
    environment.filters["size"] = scale.size
    environment.filters["plural"] = words.plural
    environment.filters["inline"] = lambda text: Markup(prose.inline(text))  # noqa: S704 - cleaned by nh3
    environment.filters["prose"] = lambda text: Markup(prose.to_html(text))  # noqa: S704 - cleaned by nh3
    environment.filters["ticks"] = _ticks
    return environment


def _ticks(text: str) -> Markup:
    """Our own sentences: what stands between backticks is code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped
