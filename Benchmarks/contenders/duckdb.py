"""DuckDB: the SQL that somebody who knows it well would write."""

from pathlib import Path

from contenders.bench import Bench
from generator.rows import COLUMNS, KEY
from harness.checking import check_changes, check_lines
from harness.contender import Contender, Outcome
from harness.files import remove, restore
from harness.process import Usage, run

_PROGRAMS = Path(__file__).parent.parent / "programs"
_TYPES = ", ".join(f"'{column}': 'VARCHAR'" for column in COLUMNS)
_DIFFERS = " OR ".join(f"old.{column} IS DISTINCT FROM new.{column}" for column in COLUMNS if column != KEY)

START = "DuckDB: start of Python, import, connect"
LOAD = "DuckDB: load"
AS_OF = "DuckDB: as-of from the history table"
_FIRST_MOMENT, _BETWEEN, _SECOND_MOMENT = "2026-01-01", "2026-01-02", "2026-01-03"


def task_d(threads: int, dump: str = "scattered") -> str:
    return f"DuckDB: task D, {dump}, {threads} thread{'s' * (threads > 1)}"


def task_s(threads: int) -> str:
    return f"DuckDB: task S, {threads} thread{'s' * (threads > 1)}"


def sql(
    bench: Bench, script: str, database: Path, *, threads: int = 1, sync: tuple[Path, ...] = (), **values: str | Path
) -> Usage:
    """Runs one of our scripts; of the values, `dump` is the name of a dump."""
    if "dump" in values:
        # Types are given, so that nothing is spent on finding them.
        values["dump"] = (
            f"read_csv('{bench.dumps.path(str(values['dump']))}', auto_detect = false, header = true, "
            f"delim = ',', quote = '\"', escape = '\"', new_line = '\\n', columns = {{{_TYPES}}})"
        )
    values |= {"columns": ", ".join(COLUMNS), "key": KEY, "differs": _DIFFERS}
    synced = [word for path in sync for word in ("--sync", path)]
    words = [f"{name}={value}" for name, value in values.items()]
    script_file = _PROGRAMS / "sql" / f"{script}.sql"
    program = [bench.python, _PROGRAMS / "duckdb_sql.py"]
    return run([*program, "--threads", str(threads), *synced, database, script_file, *words])


class _OnDatabase:
    """What the contenders have in common: a folder, and databases made once."""

    def __init__(self, bench: Bench, name: str, threads: int = 1) -> None:
        self.name = name
        self._bench = bench
        self._threads = threads
        self._folder = bench.folder("duckdb")
        self._records = self._folder / "records.db"
        self._history = self._folder / "history.db"
        self._later_history = self._folder / "later-history.db"
        self._database = self._folder / "run.db"
        self._changes = self._folder / "changes.jsonl"
        self._set = self._folder / "set.jsonl"

    def _check_set(self, dump: str) -> None:
        check_lines(self.name, self._set, self._bench.dumps.rows_of[dump])

    def _update_history(self, database: Path) -> Usage:
        return sql(
            self._bench, "task_s", database, threads=self._threads, sync=(self._changes, self._set),
            dump="scattered", changes=self._changes, current=self._set, moment=_SECOND_MOMENT,
        )  # fmt: skip


class Start(_OnDatabase):
    """What every DuckDB figure has in it that is not DuckDB's work."""

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        remove(self._database)
        return Outcome({self.name: sql(self._bench, "start", self._database)})


class Load(_OnDatabase):
    """A first run: everything is new."""

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        remove(self._database)
        usage = sql(self._bench, "load", self._database, dump="before")
        return Outcome({self.name: usage}, written=self._database.stat().st_size)


class TaskD(_OnDatabase):
    """Finds what changed against the kept table, and writes it."""

    def __init__(self, bench: Bench, dump: str, threads: int) -> None:
        super().__init__(bench, task_d(threads, dump), threads)
        self._dump = dump

    def prepare(self) -> None:
        if not self._records.exists():
            sql(self._bench, "load", self._records, dump="before")

    def repeat(self) -> Outcome:
        usage = sql(self._bench, "task_d", self._records, threads=self._threads, dump=self._dump, changes=self._changes)
        check_changes(self.name, [self._changes], self._bench.dumps.truths[self._dump])
        return Outcome({self.name: usage}, written=self._changes.stat().st_size)


class TaskS(_OnDatabase):
    """Task D, the history table brought up to date, and all current records written; then all of it synced."""

    def prepare(self) -> None:
        if not self._history.exists():
            sql(self._bench, "load_history", self._history, dump="before", moment=_FIRST_MOMENT)

    def repeat(self) -> Outcome:
        restore(self._history, self._database)
        usage = self._update_history(self._database)
        check_changes(self.name, [self._changes], self._bench.dumps.truths["scattered"])
        self._check_set("scattered")
        grown = self._database.stat().st_size - self._history.stat().st_size
        return Outcome(
            {self.name: usage}, written=grown + sum(file.stat().st_size for file in (self._changes, self._set))
        )


class AsOf(_OnDatabase):
    """All records as they were before the last run."""

    def prepare(self) -> None:
        sql(self._bench, "load_history", self._later_history, dump="before", moment=_FIRST_MOMENT)
        self._update_history(self._later_history)

    def repeat(self) -> Outcome:
        usage = sql(self._bench, "as_of", self._later_history, records=self._set, moment=_BETWEEN)
        self._check_set("before")
        return Outcome({self.name: usage}, written=self._set.stat().st_size)


def contenders(bench: Bench) -> list[Contender]:
    return [
        Start(bench, START),
        Load(bench, LOAD),
        *(TaskD(bench, "scattered", threads) for threads in (1, 2)),
        TaskD(bench, "shuffled", 1),
        *(TaskS(bench, task_s(threads), threads) for threads in (1, 2)),
        AsOf(bench, AS_OF),
    ]
