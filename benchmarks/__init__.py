"""Measurements; each prints what the documentation states."""
