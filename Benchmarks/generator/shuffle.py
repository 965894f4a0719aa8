"""Shuffles more lines than memory holds."""

import random
from pathlib import Path
from typing import TextIO

# At 10 million rows a bucket is 32 MB.
_BUCKETS = 64


class Shuffler:
    """Deals lines out to files at random, and shuffles each file when all are there."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self._paths = [folder / f"bucket-{number}" for number in range(_BUCKETS)]
        self._files = [path.open("w", encoding="utf-8", newline="") for path in self._paths]

    def add(self, lines: list[str]) -> None:
        piles: list[list[str]] = [[] for _ in self._files]
        for line, chance in zip(lines, self._random.randbytes(len(lines)), strict=True):
            piles[chance % _BUCKETS].append(line)
        for file, pile in zip(self._files, piles, strict=True):
            # A row has line breaks of its own, so rows are kept apart by a byte that no row has.
            file.write("".join(line + "\0" for line in pile))

    def write(self, output: TextIO) -> None:
        for path, file in zip(self._paths, self._files, strict=True):
            file.close()
            with path.open(encoding="utf-8", newline="") as bucket:
                lines = bucket.read().split("\0")[:-1]
            self._random.shuffle(lines)
            output.write("".join(lines))
            path.unlink()
