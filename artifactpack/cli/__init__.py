"""One command a file; options, progress, exit codes; no logic."""
