"""The edge where a folder comes in: config, file tree, git, python index, notebooks, prose."""
