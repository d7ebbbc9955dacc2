"""Who may import whom: imports point down, heavy ones happen inside the function that needs them."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import artifactpack

PACKAGE = Path(artifactpack.__file__).parent
RANKS = {
    "errors": 0, "buffers": 0, "data": 0, "folders": 0, "models": 1, "core": 2, "project": 3, "scan": 3, "systems": 4,
    "recorder": 4, "probes": 4, "executors": 5, "archive": 5, "rerun": 5, "report": 5, "pipeline": 6, "cli": 7,
    "__main__": 8, "api": 8,
}  # fmt: skip
HEAVY = {
    "torch", "weasyprint", "matplotlib", "git", "pydantic", "rich", "jinja2", "yaml", "markdown", "nh3", "ray",
    "fsspec", "numpy", "s3fs", "oras", "pyarrow", "packaging",
}  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


@cache
def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(tree, *, top_level):
    for node in _statements(tree, top_level=top_level):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            if node.module == "artifactpack":
                yield from (f"artifactpack.{alias.name}" for alias in node.names)


def _statements(tree, *, top_level):
    """Every statement, none of the expressions between them; at the top level none that runs later, or never."""
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if top_level and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        if not (top_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            waiting += _inside(node)


def _inside(node):
    for part in ("body", "orelse", "finalbody"):
        yield from getattr(node, part, ())
    for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from branch.body


@pytest.mark.parametrize("top_level", [True, False])
def test_no_import_is_overlooked(top_level):
    source = """
if TYPE_CHECKING:
    import a
try:
    import b
except E:
    import c
else:
    import d
finally:
    import e
match x:
    case 1:
        import f
class C:
    import g
    def m(self):
        for _ in x:
            import h
        while x:
            pass
        else:
            with y:
                from i import j
"""
    found = sorted(_imports(ast.parse(source), top_level=top_level))
    assert found == list("bcdefg" if top_level else "abcdefghi")


def _home(path):
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_down(path):
    home = _home(path)
    if home == "__init__":
        return
    tree = _tree(path)
    for name in _imports(tree, top_level=False):
        parts = name.split(".")
        if parts[0] != "artifactpack" or len(parts) == 1 or parts[1] == home or parts[1] not in RANKS:
            continue
        assert RANKS[parts[1]] < RANKS[home], f"{home} may not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_heavy_imports_are_inside_functions(path):
    tree = _tree(path)
    heavy = {name.split(".")[0] for name in _imports(tree, top_level=True)} & HEAVY
    assert not heavy, f"{path}: {heavy} at module level"


@pytest.mark.parametrize("path", sorted((PACKAGE / "recorder" / "inside").glob("*.py")), ids=lambda path: path.name)
def test_what_runs_in_the_users_interpreter_is_stdlib_and_python_3_8(path):
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    allowed = set(sys.stdlib_module_names) | HEAVY
    top = {name.split(".")[0] for name in _imports(tree, top_level=True)}
    assert top <= set(sys.stdlib_module_names), top - set(sys.stdlib_module_names)
    own = {"artifactpack_inside"} | {sibling.stem for sibling in path.parent.glob("*.py")}
    inner = {name.split(".")[0] for name in _imports(tree, top_level=False)}
    assert inner <= allowed | own, inner - allowed - own


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["check", "--help"], ["verify", "--help"], ["badge", "--help"]]
)
def test_nothing_heavy_is_loaded(arguments):
    script = (
        f"import sys; sys.argv = ['artifactpack', *{arguments!r}]\n"
        "from artifactpack.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print(sorted(m for m in sys.modules if m in {HEAVY!r}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
