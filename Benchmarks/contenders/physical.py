"""What the machine itself needs: to read, copy, hash and compress the same bytes."""

import csv
import json
from pathlib import Path

from contenders.bench import Bench
from harness.contender import Contender, Outcome
from harness.process import middle, run

CAT = "cat"
COPY_DUMP = "cp of the dump"
COPY_SET = "cp of the set as JSON Lines"
DIGEST = "openssl dgst -sha256"
COMPRESS = "zstd -1"
NOTHING = "true: what it takes to start and end a process here"


class Physical:
    """One command on one file, called several times if it takes little: the median counts."""

    def __init__(self, name: str, command: list[str | Path], output: Path | None = None, calls: int = 1) -> None:
        self.name = name
        self._command = command
        self._output = output
        self._calls = calls

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        usage = middle([run(self._command) for _ in range(self._calls)])
        if self._output is None:
            return Outcome({self.name: usage})
        size = self._output.stat().st_size
        self._output.unlink()
        return Outcome({self.name: usage}, written=size)


class CopySet(Physical):
    """Copies all records as JSON Lines, which are made once from the dump."""

    def __init__(self, bench: Bench) -> None:
        folder = bench.folder("physical")
        self._dump = bench.dumps.path("before")
        self._json = folder / "set.jsonl"
        self._copy = folder / "copy.jsonl"
        super().__init__(COPY_SET, ["cp", self._json, self._copy], self._copy)

    def prepare(self) -> None:
        with self._dump.open(encoding="utf-8", newline="") as dump, self._json.open("w", encoding="utf-8") as output:
            for record in csv.DictReader(dump):
                output.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


def contenders(bench: Bench) -> list[Contender]:
    folder = bench.folder("physical")
    dump = bench.dumps.path("scattered")
    copy, compressed = folder / "copy.csv", folder / "dump.zst"
    return [
        # Much is held against it.
        Physical(CAT, ["cat", dump], calls=9),
        Physical(COPY_DUMP, ["cp", bench.dumps.path("before"), copy], copy),
        CopySet(bench),
        Physical(NOTHING, ["true"], calls=40),
        Physical(DIGEST, ["openssl", "dgst", "-sha256", dump]),
        Physical(COMPRESS, ["zstd", "-q", "-f", "-1", bench.dumps.path("before"), "-o", compressed], compressed),
    ]
