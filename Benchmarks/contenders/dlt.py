"""dlt with its scd2 strategy into DuckDB, and Strandline on the same rows, which are fewer: dlt is slow."""

from dataclasses import replace
from pathlib import Path

from contenders.bench import Bench
from contenders.duckdb import sql
from contenders.strandline import Feed, LaterRun
from generator.dumps import Dumps
from harness.checking import check_changes
from harness.contender import Contender, Outcome
from harness.files import remove, restore
from harness.process import Usage, run

SCD2 = "dlt: scd2 into DuckDB, fewer rows"
STRANDLINE = "Strandline: 0.2% scattered, fewer rows"
_PROGRAM = Path(__file__).parent.parent / "programs" / "dlt_scd2.py"


class Scd2:
    """The second load, with everything that the first one left."""

    name = SCD2

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        folder = bench.folder("dlt")
        self._first = folder / "first"
        self._place = folder / "place"
        self._changes = folder / "changes.jsonl"

    def prepare(self) -> None:
        remove(self._place)
        self._place.mkdir()
        self._load("before")
        restore(self._place, self._first)

    def repeat(self) -> Outcome:
        restore(self._first, self._place)
        usage = self._load("scattered")
        database = self._place / "records.db"
        sql(self._bench, "scd2_changes", database, changes=self._changes)
        check_changes(self.name, [self._changes], self._bench.dumps.truths["scattered"])
        return Outcome({self.name: usage}, written=database.stat().st_size)

    def _load(self, dump: str) -> Usage:
        command = [self._bench.python, _PROGRAM, self._bench.dumps.path(dump), self._place]
        return run(command, environment={"RUNTIME__DLTHUB_TELEMETRY": "false"})


def contenders(bench: Bench, fewer: Dumps) -> list[Contender]:
    smaller = replace(bench, dumps=fewer)
    return [Scd2(smaller), LaterRun(Feed(smaller, "strandline-fewer-rows"), "scattered", STRANDLINE)]
