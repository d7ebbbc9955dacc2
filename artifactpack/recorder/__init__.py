"""Launch a command, watch it, merge what was seen into a record."""
