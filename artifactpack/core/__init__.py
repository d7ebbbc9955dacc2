"""Pure functions: text, dicts and records in; records out."""
