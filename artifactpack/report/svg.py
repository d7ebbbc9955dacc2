"""A small SVG writer: fixed number formatting, escaped text, marks that CSS may recolour.

Colours stand in attributes so that a PDF renderer, which does not apply the page's style to inline SVG, draws the
same picture; classes let the page recolour it for a dark background.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Point = tuple[float, float]

# Okabe and Ito's palette, which colour-blind readers can tell apart; dark yellow left out (too pale on white).
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9", "#8a6d00", "#555555")
INK, MUTED, RULE = "#1c2733", "#5b6875", "#d8dee4"
FONT = "Inter, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans', Helvetica, Arial, sans-serif"


def number(value: float) -> str:
    """At most two decimals, no trailing zeros: half the bytes, and the same on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def escape(text: str) -> str:
    """*text* as content or attribute of XML; characters that XML cannot hold are left out."""
    kept = "".join(c for c in text if c >= " " or c in "\t\n") if not text.isprintable() else text
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def tag(name: str, content: str = "", **attributes: str | float | int | None) -> str:
    """One element; ``class_`` → class, ``stroke_width`` → stroke-width; None is left out."""
    parts = [name]
    for key, value in attributes.items():
        if value is not None:
            text = value if isinstance(value, str) else number(value)
            parts.append(f'{key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    opening = " ".join(parts)
    return f"<{opening}>{content}</{name}>" if content else f"<{opening}/>"


def text(
    x: float,
    y: float,
    content: str,
    *,
    anchor: str = "start",
    size: float = 11,
    fill: str = MUTED,
    class_: str = "t",
    weight: str | None = None,
) -> str:
    return tag(
        "text",
        escape(content),
        x=x,
        y=y,
        text_anchor=None if anchor == "start" else anchor,
        font_size=size,
        font_weight=weight,
        fill=fill,
        class_=class_,
    )


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = RULE, class_: str = "g", width: float = 1) -> str:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, class_=class_)


def path(points: Iterable[Point], *, closed: bool = False) -> str:
    """Path data through *points*, in relative moves rounded to tenths so that long curves stay small."""
    commands: list[str] = []
    last: tuple[int, int] | None = None
    for x, y in points:
        at = (round(x * 10), round(y * 10))
        if last is None:
            commands.append(f"M{_tenths(at[0])} {_tenths(at[1])}l")
        elif at != last:
            commands.append(f"{_tenths(at[0] - last[0])} {_tenths(at[1] - last[1])}")
        else:
            continue
        last = at
    data = commands[0] + " ".join(commands[1:]) if commands else ""
    return data.rstrip("l") + ("z" if closed and len(commands) > 1 else "")


def _tenths(value: int) -> str:
    whole, part = divmod(abs(value), 10)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def document(width: float, height: float, title: str, description: str, body: Sequence[str]) -> str:
    """A whole picture with an accessible name; it scales with its column and never grows past *width*."""
    names = tag("title", escape(title)) + (tag("desc", escape(description)) if description else "")
    return tag(
        "svg",
        names + "".join(body),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=f"{title}. {description}" if description else title,
        font_family=FONT,
        class_="plot",
    )
