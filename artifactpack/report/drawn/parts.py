"""The pieces that every drawing is made of, so that rich is imported when something is drawn and not before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any

from artifactpack.report.words import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

WIDEST = 110  # longer lines are hard to read
# Readable on dark and on light: the sixteen colours follow the terminal's theme, but many are pale on white.
AMBER, GREEN, TEAL = "color(136)", "color(29)", "color(30)"
STYLES = {
    "contradicted": "bold red",
    "no-evidence": f"bold {AMBER}",
    "unanswered": TEAL,
    "supported": GREEN,
    "author-only": "dim",
    "not-applicable": "dim",
    "failed": "bold red",
    "finished": GREEN,
}
Piece = str | tuple[str, str]


def console(file: IO[str] | None = None, width: int | None = None, height: int | None = None) -> Console:
    """A console that adds nothing of its own; *file*, *width* and *height* for tests."""
    from rich.console import Console

    made = Console(
        file=file,
        width=width,
        height=height,
        highlight=False,
        markup=False,
        emoji=False,
        force_terminal=True if file else None,
        color_system="256" if file else "auto",
    )
    made.width = min(made.width, WIDEST)
    return made


def say(*pieces: Piece) -> Text:
    """Words in their styles, cleaned of what would drive the terminal."""
    from rich.text import Text

    made = Text()
    for piece in pieces:
        words, style = piece if isinstance(piece, tuple) else (piece, "")
        made.append(kept(words), style=style)
    return made


def kept(words: str) -> str:
    """*words* cleaned, with the blanks at both ends that separate pieces."""
    inner = clean(words)
    return (
        f"{' ' * (len(words) - len(words.lstrip(' ')))}{inner}{' ' * (len(words) - len(words.rstrip(' ')))}"
        if inner
        else " " * len(words)
    )


def stacked(lines: Iterable[Text]) -> Text:
    """Lines of one cell."""
    from rich.text import Text

    return Text("\n").join(lines)


def heading(left: Text, right: Text) -> list[Any]:
    """A section's title with its count at the far end, and a quiet rule below."""
    from rich.rule import Rule

    row = grid(1)
    row.add_column(justify="right")
    row.add_row(left, right)
    return ["", row, Rule(style="dim")]


def grid(flexible: int = 0, fixed: Sequence[int] = ()) -> Table:
    """A table without lines over the whole width: columns as wide as their words, then one that takes the rest."""
    from rich.table import Table

    made = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for most in fixed:
        made.add_column(max_width=most or None, no_wrap=not most, overflow="fold")
    if flexible:
        made.add_column(ratio=1, overflow="fold")
    return made


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Text | str]], right: Iterable[str] = (), last: str = "fold"
) -> Table:
    """A table with a line under its heads; *right* names the columns of numbers.

    *last* is what becomes of a last cell that is too long: folded, or cut, so that a row stays a line.
    """
    from rich import box
    from rich.table import Table

    numbers, cut = set(right), last == "cut"
    made = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 1, 0, 0), show_edge=False, expand=cut)
    for name in columns:
        ends = cut and name == columns[-1]
        made.add_column(
            name,
            justify="right" if name in numbers else "left",
            overflow="ellipsis" if ends else "fold",
            no_wrap=cut,
            ratio=1 if ends else None,
        )
    for row in rows:
        made.add_row(*(say(cell) if isinstance(cell, str) else cell for cell in row))
    return made


def styled(plain: str) -> list[Text]:
    """Plain text by its own shape: lines at the margin are headings, those that begin with ! ask for attention."""
    made = []
    for line in plain.splitlines():
        words = line.lstrip()
        style = "bold" if line[:1].strip() else ""
        made.append(say((line, f"{AMBER}" if words.startswith("! ") else style)))
    return made
