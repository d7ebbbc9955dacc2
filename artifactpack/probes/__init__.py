"""One subject a file: facts with observations, never a verdict."""
