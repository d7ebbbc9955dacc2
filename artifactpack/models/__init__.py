"""Frozen records, one noun a file."""
