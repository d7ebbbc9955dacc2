"""The user's own folders: a cache that may vanish, and state that must not."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """Where parsed things are kept by content hash; safe to delete."""
    return _xdg("XDG_CACHE_HOME", ".cache")


def state_dir() -> Path:
    """Where it is written which records this user made; never inside a project."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def _xdg(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    base = Path(value) if value.startswith("/") else home() / default
    return base / "artifactpack"


def home() -> Path:
    """The user's home; a folder that cannot be made where there is none: a container's user may be nobody's."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")
