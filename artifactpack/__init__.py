"""Make a machine-learning paper's artifact checkable."""

__version__ = "0.1.0"
