"""One outside system a file: its files to our records."""
