"""An author's Markdown as safe HTML: no script, no image, no style, nothing that loads."""

from __future__ import annotations

import hashlib
import html
import os
import re

from artifactpack.folders import cache_dir
from artifactpack.patterns import late

LIMIT = 200_000  # characters; a longer text is cut, with a note
_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6"),
    *(
        "hr",
        "i",
        "kbd",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
    ),
    "ul",
}
_ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "td": {"align"}, "th": {"align"}, "ol": {"start"}}
_PLAIN = late(r"[A-Za-z][\w ,.;:()/%'\"±–’-]*")  # one line without any markup of Markdown or HTML
_SCHEMES = {"http", "https", "mailto"}


def to_html(text: str, top: int = 3) -> str:
    """Return *text* as HTML; its headings start at level *top*, so that the page's outline holds."""
    import nh3

    shown = text if len(text) <= LIMIT else text[:LIMIT] + "\n\n(cut here: the text is longer)"
    clean: str = nh3.clean(
        _converted(shown),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style", "svg", "math", "iframe", "object", "template"},
    )
    return _focusable(_without_relative_links(_lowered(clean, top)))


def inline(text: str) -> str:
    """Return one-paragraph *text* as HTML without the paragraph around it."""
    if _PLAIN.fullmatch(text):
        return html.escape(text, quote=False)
    body = to_html(text, 6)
    single = re.fullmatch(r"<p>(.*)</p>\s*", body, re.DOTALL)
    return single[1] if single and "<p>" not in single[1] else body


def _converted(text: str) -> str:
    """Markdown as raw HTML, kept by content: importing the parser takes longer than all the rest of a page.

    What comes out of the cache is cleaned like anything else.
    """
    kept = cache_dir() / "prose" / hashlib.sha256(f"1\0{text}".encode("utf-8", "replace")).hexdigest()
    try:
        return kept.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    raw = _markdown(text)
    try:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = kept.with_name(f"{kept.name}.{os.getpid()}")
        temporary.write_text(raw, encoding="utf-8", errors="replace")
        temporary.replace(kept)
    except OSError:
        pass  # no cache is no loss
    return raw


def _markdown(text: str) -> str:
    from markdown import Markdown
    from markdown.extensions.fenced_code import FencedCodeExtension
    from markdown.extensions.sane_lists import SaneListExtension
    from markdown.extensions.tables import TableExtension

    try:
        return Markdown(extensions=[TableExtension(), FencedCodeExtension(), SaneListExtension()]).convert(text)
    except (RecursionError, ValueError, IndexError, AttributeError):  # hostile nesting breaks the parser
        return f"<pre>{html.escape(text)}</pre>"


def _lowered(body: str, top: int) -> str:
    levels = [int(level) for level in re.findall(r"<h([1-6])>", body)]
    if not levels:
        return body
    shift = top - min(levels)
    return re.sub(r"<(/?)h([1-6])>", lambda m: f"<{m[1]}h{min(6, max(top, int(m[2]) + shift))}>", body)


def _without_relative_links(body: str) -> str:
    """Links that would lead to nowhere from the report (README-relative ones) become plain text."""
    pattern = r'<a (?![^>]*href="(?:https?:|mailto:))[^>]*>(.*?)</a>'
    return re.sub(pattern, r"\1", body, flags=re.DOTALL)


def _focusable(body: str) -> str:
    """Wide code and wide tables scroll sideways; a keyboard must reach them to scroll."""
    body = body.replace("<table>", '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
    return body.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')
