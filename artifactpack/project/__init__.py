"""The project as an input: config, file tree, git, python index, prose."""

from artifactpack.project.project import Project, open_project

__all__ = ["Project", "open_project"]
