"""Polars: task D with lazy frames, which it runs as it sees fit."""

from pathlib import Path

from contenders.bench import Bench
from harness.checking import check_changes
from harness.contender import Contender, Outcome
from harness.process import run

TASK_D = "Polars: task D, scattered"
_PROGRAM = Path(__file__).parent.parent / "programs" / "polars_task_d.py"


class TaskD:
    """The kept state is a Parquet file."""

    name = TASK_D

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        folder = bench.folder("polars")
        self._state = folder / "state.parquet"
        self._changes = folder / "changes.jsonl"

    def prepare(self) -> None:
        run([self._bench.python, _PROGRAM, self._bench.dumps.path("before"), self._state])

    def repeat(self) -> Outcome:
        dump = self._bench.dumps.path("scattered")
        usage = run([self._bench.python, _PROGRAM, self._state, dump, self._changes])
        check_changes(self.name, [self._changes], self._bench.dumps.truths["scattered"])
        return Outcome({self.name: usage}, written=self._changes.stat().st_size)


def contenders(bench: Bench) -> list[Contender]:
    return [TaskD(bench)]
