"""Measures programs as child processes, in turn, and says what came out."""
