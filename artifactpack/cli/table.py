"""Every command: its name, the module that holds it, and the line `--help` prints. Imports nothing."""

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "write a commented artifactpack.toml from what is found in the project"),
    "check": ("check", "hold the project and its recorded runs against a checklist"),
    "record": ("record", "run the declared commands over seeds and observe what really happens"),
    "runs": ("runs", "list, show, compare, add or remove recorded runs"),
    "bundle": ("bundle", "write one archive: code, weights, records, verdicts, report"),
    "verify": ("verify", "check a bundle without running anything in it"),
    "rerun": ("rerun", "run a bundle again in a sandbox and judge every claim against the noise"),
    "report": ("report", "write the HTML or PDF report of a project or bundle"),
    "fill": ("fill", "fill a venue's own checklist file from evidence"),
    "badge": ("badge", "write a badge that can be checked, or check one"),
    "checklist": ("checklist", "list, show or validate checklists"),
    "explain": ("explain", "explain an item, a fact or a probe"),
    "publish": ("publish", "upload a bundle: file or S3 URL, OCI registry, Zenodo draft"),
    "completion": ("completion", "print a script that completes commands in your shell"),
    "demo": ("demo", "watch a small real project go from check to re-run"),
}

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("For authors", ("init", "check", "record", "runs", "fill", "bundle", "publish", "badge")),
    ("For reviewers", ("verify", "rerun", "report")),
    ("To learn", ("demo", "checklist", "explain", "completion")),
)


def help_text() -> str:
    """The text of `artifactpack --help`."""
    lines = [
        "Usage: artifactpack COMMAND [OPTIONS]",
        "",
        "Make a machine-learning paper's artifact checkable.",
    ]
    for title, names in GROUPS:
        lines += ["", f"{title}:"]
        lines += [f"  {name:<10} {COMMANDS[name][1]}" for name in names]
    lines += [
        "",
        "Start with `artifactpack demo`, or `artifactpack check` in your own repository.",
        "`artifactpack COMMAND --help` explains a command; `artifactpack --version` tells the version.",
    ]
    return "\n".join(lines) + "\n"
