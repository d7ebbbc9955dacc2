"""Make a machine-learning paper's artifact checkable."""

__version__ = "0.1.0"
__all__ = ["__version__", "log_metric", "seed_everything"]


def __getattr__(name: str) -> object:
    """The opt-in API, imported only when somebody uses it."""
    if name in ("log_metric", "seed_everything"):
        from artifactpack import api

        return getattr(api, name)
    raise AttributeError(f"module 'artifactpack' has no attribute {name!r}")
