"""The command line's door: `--version` and `--help` answer before anything heavy is imported."""

import gc
import os
import sys


def main() -> None:
    """Run `artifactpack` with the process's arguments."""
    _open_streams()
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from artifactpack import __version__

        _tell(f"artifactpack {__version__}\n")
        return
    if not arguments or arguments in (["--help"], ["-h"], ["help"]):
        from artifactpack.cli.table import help_text

        _tell(help_text())
        return
    gc.set_threshold(50_000, 20, 20)  # most of what a command makes lives until its end
    from artifactpack.cli.app import run

    code = run(arguments)
    gc.freeze()  # nothing is worth looking for in a process that ends
    sys.exit(code)


def _tell(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        from artifactpack.cli.common import failure

        sys.exit(failure(error, sys.argv))


def _open_streams() -> None:
    """Let nothing be where a standard stream was closed: the next file that is opened must not take its place."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open to the end


if __name__ == "__main__":
    main()
