"""The command line's door: `--version` and `--help` answer before anything heavy is imported."""

import gc
import sys


def main() -> None:
    """Run `artifactpack` with the process's arguments."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from artifactpack import __version__

        print(f"artifactpack {__version__}")  # noqa: T201
        return
    if not arguments or arguments in (["--help"], ["-h"], ["help"]):
        from artifactpack.cli.table import help_text

        print(help_text(), end="")  # noqa: T201
        return
    gc.set_threshold(50_000, 20, 20)  # most of what a command makes lives until its end
    from artifactpack.cli.app import run

    code = run(arguments)
    gc.freeze()  # nothing is worth looking for in a process that ends
    sys.exit(code)


if __name__ == "__main__":
    main()
