"""Bytes to facts: pickles, tensors, secrets, identity marks."""
