"""Render forms from templates/forms: Markdown and LaTeX by template, JSON as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from artifactpack.core.forms import as_json
from artifactpack.core.latex_text import escape
from artifactpack.data import data_dir
from artifactpack.errors import InputError

FORMS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "arr": ("arr", "items", ("json", "md", "tex")),
    "automl": ("automl", "automl", ("tex", "md", "json")),
    "cvpr-compute": ("cvpr-compute-2026", "items", ("md", "json", "tex")),
    "ae-appendix": ("usenix-security-2026", "ae-appendix", ("tex", "md", "json")),
    "iclr-statement": ("iclr-statement", "iclr-statement", ("tex", "md", "json")),
}
"""Form name → checklist, template, formats (the first is the default)."""


def render_form(name: str, data: Mapping[str, Any], fmt: str = "", references: Mapping[str, str] | None = None) -> str:
    """*data* as the form *name*; *references* as :func:`escape` takes them; InputError for a format it lacks."""
    _, template, formats = FORMS[name]
    fmt = fmt or formats[0]
    if fmt not in formats:
        raise InputError(f"--format {fmt}: the form {name} comes as {', '.join(formats)}")
    if fmt == "json":
        return json.dumps(as_json(data), indent=1, ensure_ascii=False) + "\n"
    file = f"{template}.{fmt}.j2"
    if not (data_dir("templates") / "forms" / file).is_file():
        file = f"items.{fmt}.j2"
    environment = _environment()
    environment.filters["tex"] = lambda value: escape(str(value), references)
    text: str = environment.get_template(file).render(**data)
    return text


def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(data_dir("templates") / "forms"),
        autoescape=False,  # noqa: S701 - LaTeX and Markdown; each value goes through a filter
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(md=_markdown)
    return environment


def _markdown(value: object) -> str:
    """One line of Markdown that shows *value* as it is."""
    text = " ".join(str(value).split())
    for char in "\\`*_[]<>|#":
        text = text.replace(char, f"\\{char}")
    return text
