"""The results as comparisons speak of them."""

from collections.abc import Sequence

from contenders import duckdb, physical, polars, queries, strandline
from generator.dumps import Dumps
from harness.rounds import Results, Series

# DuckDB's work that a contender's whole run stands against, and that of `fetch + dedupe` alone.
_WHOLE_RUN = duckdb.task_s(1)
_PEERS = {
    strandline.FIRST: duckdb.LOAD,
    queries.TWO_FILES: duckdb.task_d(1),
    queries.AS_OF: duckdb.AS_OF,
    polars.TASK_D: duckdb.task_d(1),
    **{strandline.scenario(dump): _WHOLE_RUN for dump in ("scattered", "cluster", "shuffled", "same")},
    strandline.scenario("scattered", sha256=True): _WHOLE_RUN,
}
FIND = ("fetch", "dedupe")


class Figures:
    """Raises KeyError for what was not measured."""

    def __init__(self, results: Results, dumps: Dumps) -> None:
        self._results = results
        self._dumps = dumps
        self.rows = dumps.rows

    def dump_size(self, name: str) -> int:
        return self._dumps.path(name).stat().st_size

    def series(self, name: str) -> Series:
        return self._results[name]

    def cpu(self, name: str, *steps: str) -> float:
        return self._results[name].usage(*steps).cpu

    def wall(self, name: str, *steps: str) -> float:
        return self._results[name].usage(*steps).wall

    @property
    def cat(self) -> float:
        return self.cpu(physical.CAT)

    def duckdb(self, name: str, starts: int = 1) -> float:
        """CPU without the start of an interpreter, which is not DuckDB's work."""
        return self.cpu(name) - starts * self.cpu(duckdb.START)

    def duckdb_wall(self, name: str) -> float:
        return self.wall(name) - self.wall(duckdb.START)

    def peer(self, name: str, steps: Sequence[str]) -> float | None:
        """DuckDB's CPU for the same work, if it has been measured on it."""
        try:
            if tuple(steps) == FIND and name in _PEERS and name != strandline.FIRST:
                shuffled = name == strandline.scenario("shuffled")
                return self.duckdb(duckdb.task_d(1, "shuffled" if shuffled else "scattered"))
            return None if steps else self.duckdb(_PEERS[name])
        except KeyError:
            return None
