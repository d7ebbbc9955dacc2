"""Environment rebuild, sandbox, tiers."""
