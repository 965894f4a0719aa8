"""Dumps that are the same on every machine, and what truly differs between them."""
