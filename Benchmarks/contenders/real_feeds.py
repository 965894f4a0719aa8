"""Dumps of a real feed in order: Strandline, and a careful DuckDB script. Neither knows the truth; both must agree."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from contenders.bench import Bench
from contenders.strandline import STAGES, Feed
from harness.checking import Mismatch
from harness.contender import Contender, Outcome
from harness.files import remove, stamps
from harness.process import Usage, run

STRANDLINE = "Strandline: covid, all dumps"
SCRIPT = "DuckDB: covid, all dumps, careful script"
_PROGRAM = Path(__file__).parent.parent / "programs" / "duckdb_history.py"

# How many versions a dump opened, and how many it closed.
Counts = list[tuple[int, int]]


class _RealFeed:
    """Dumps named by the time they are of, and what was found in them."""

    def __init__(self, folder: Path) -> None:
        self.key: list[str] = json.loads((folder / "feed.json").read_text())["key"]
        self.dumps = sorted(folder.glob("*.csv.gz"))
        self._found: dict[str, Counts] = {}

    @staticmethod
    def moment(dump: Path) -> datetime:
        return datetime.strptime(dump.name.partition(".")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    def check(self, name: str, counts: Counts) -> None:
        self._found[name] = counts
        for other, others in self._found.items():
            if others != counts:
                raise Mismatch(f"{name} found {counts}; {other} found {others}")


class Strandline:
    """All functions for each dump; steps are summed up over the dumps."""

    name = STRANDLINE

    def __init__(self, bench: Bench, real: _RealFeed) -> None:
        self._feed = Feed(bench, "real-feed", key=", ".join(real.key))
        self._real = real

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        remove(self._feed.store)
        sums = dict.fromkeys(STAGES, Usage())
        counts: Counts = []
        for dump in self._real.dumps:
            moment = f"{self._real.moment(dump):%Y-%m-%dT%H:%M:%SZ}"
            for stage, usage in self._feed.run("--input", dump, "--observed-at", moment).items():
                sums[stage] += usage
            found = self._feed.answer("dedupe")["counts"]
            counts.append((found["inserted"] + found["updated"], found["updated"] + found["deleted"]))
        self._real.check(self.name, counts)
        return Outcome(sums, written=sum(size for _, _, size in stamps(self._feed.store).values()))


class Script:
    """One process a dump, the database file kept in between."""

    name = SCRIPT

    def __init__(self, bench: Bench, real: _RealFeed) -> None:
        folder = bench.folder("real-feed-script")
        self._python = bench.python
        self._database = folder / "history.db"
        self._answer = folder / "answer.txt"
        self._real = real

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        remove(self._database)
        usage = Usage()
        counts: Counts = []
        for dump in self._real.dumps:
            moment = f"{self._real.moment(dump):%Y-%m-%d %H:%M:%S}"
            command: list[str | Path] = [self._python, _PROGRAM, self._database, dump, moment, *self._real.key]
            usage += run(command, stdout=self._answer)
            opened, closed, _ = map(int, self._answer.read_text().split())
            counts.append((opened, closed))
        self._real.check(self.name, counts)
        starts = len(self._real.dumps)
        return Outcome({self.name: usage}, written=self._database.stat().st_size, facts={"starts": starts})


def contenders(bench: Bench, shared: Path) -> list[Contender]:
    """The shared folder has feeds in `data`; nobody is measured where it is absent."""
    folder = shared / "data" / "covid"
    if not folder.is_dir():
        print(f"left out: real feeds, because there is no {folder}", file=sys.stderr)
        return []
    real = _RealFeed(folder)
    return [Strandline(bench, real), Script(bench, real)]
