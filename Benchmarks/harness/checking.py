"""Holds what a contender wrote against what is true."""

import json
from collections.abc import Iterable
from pathlib import Path

from generator.truth import Truth


class Mismatch(Exception):
    """A contender answered wrongly, so its figures mean nothing."""


def check_changes(contender: str, files: Iterable[Path], truth: Truth) -> None:
    """Each line of the files is a change: `op`, and `key` as a list of one text."""
    seen = Truth()
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                change = json.loads(line)
                seen.add(change["op"], change["key"][0])
    if seen != truth:
        raise Mismatch(f"{contender} found {seen}; the truth is {truth}")


def check_lines(contender: str, file: Path, expected: int) -> None:
    count = line_count(file)
    if count != expected:
        raise Mismatch(f"{contender} wrote {count} records to {file.name} instead of {expected}")


def line_count(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))
