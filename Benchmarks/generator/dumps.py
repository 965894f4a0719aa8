"""Writes a dump and its variants in one pass, and keeps them for later runs."""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from generator.changes import Change, clustered, scattered
from generator.rows import HEADER, RENAMED_HEADER, SEED, key_at, key_before, row
from generator.shuffle import Shuffler
from generator.truth import Truth

# Raise it whenever other bytes come out.
VERSION = 1
_BLOCK = 10_000


@dataclass(frozen=True)
class Dumps:
    """The files of one size. `before` is the state that is kept, every other one a later dump."""

    folder: Path
    rows: int
    truths: dict[str, Truth]
    rows_of: dict[str, int]

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.csv"


class _Variant:
    """One later dump: the rows of the first, with changes put in."""

    def __init__(self, path: Path, changes: Iterable[Change], header: str = HEADER) -> None:
        self.truth = Truth()
        self.rows = 0
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(header)
        self._changes: Iterator[Change] = iter(changes)
        self._next = next(self._changes, None)

    def add(self, first: int, lines: list[str]) -> list[str]:
        """Writes a block of rows as they now are, and returns them."""
        result: list[str] = []
        done = 0
        while self._next is not None and self._next.position < first + len(lines):
            position, operation = self._next
            result += lines[done : position - first]
            done = position - first
            key = key_before(position) if operation == "insert" else key_at(position)
            if operation == "insert":
                result.append(row(key))
            else:
                done += 1
                if operation == "update":
                    result.append(row(key, revision=1))
            self.truth.add(operation, str(key))
            self._next = next(self._changes, None)
        result += lines[done:]
        self._file.write("".join(result))
        self.rows += len(result)
        return result

    def close(self) -> None:
        self._file.close()


def dumps_folder(data: Path, rows: int) -> Path:
    return data / f"dumps-{rows}-{SEED}-v{VERSION}"


def read_dumps(data: Path, rows: int) -> Dumps:
    """What `write_dumps` left."""
    folder = dumps_folder(data, rows)
    truth = json.loads((folder / "truth.json").read_text())
    return Dumps(
        folder,
        rows,
        {name: Truth.from_json(entry["changes"]) for name, entry in truth.items()},
        {name: entry["rows"] for name, entry in truth.items()},
    )


def write_dumps(data: Path, rows: int) -> None:
    """Makes the dumps of so many rows, unless they are there."""
    folder = dumps_folder(data, rows)
    if folder.exists():
        return
    print(f"making dumps of {rows} rows", file=sys.stderr)
    # Renamed when it is whole, so a run that was stopped leaves nothing half made behind.
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _write(unfinished, rows)
    unfinished.rename(folder)


def _write(folder: Path, rows: int) -> None:
    variants = {
        "before": _Variant(folder / "before.csv", ()),
        "same": _Variant(folder / "same.csv", ()),
        "scattered": _Variant(folder / "scattered.csv", scattered(rows, rows // 500)),
        "cluster": _Variant(folder / "cluster.csv", clustered(rows, rows // 500)),
        "scattered5": _Variant(folder / "scattered5.csv", scattered(rows, rows // 20)),
        "header": _Variant(folder / "header.csv", (), RENAMED_HEADER),
    }
    shuffler = Shuffler(folder, SEED)
    for first in range(0, rows, _BLOCK):
        keys = range(first, min(first + _BLOCK, rows))
        lines = [row(key_at(position)) for position in keys]
        for name, variant in variants.items():
            written = variant.add(first, lines)
            if name == "scattered":
                shuffler.add(written)
        for position in keys:
            # Every record has a value under the old name and lost it: all of them change.
            variants["header"].truth.add("update", str(key_at(position)))
    with (folder / "shuffled.csv").open("w", encoding="utf-8", newline="") as shuffled:
        shuffled.write(HEADER)
        shuffler.write(shuffled)
    truth = {name: {"rows": variant.rows, "changes": asdict(variant.truth)} for name, variant in variants.items()}
    truth["shuffled"] = truth["scattered"]
    for variant in variants.values():
        variant.close()
    (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
