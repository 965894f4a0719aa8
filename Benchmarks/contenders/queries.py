"""Strandline: what is asked of a history, and two files compared without one."""

from contenders.bench import Bench
from contenders.strandline import Feed
from harness.checking import check_changes, check_lines
from harness.contender import Contender, Outcome
from harness.files import remove
from harness.process import run

AS_OF = "Strandline: query --as-of, before the last run"
TWO_FILES = "Strandline: dedupe of two files"
TO_JSON_LINES = "Strandline: CSV to JSON Lines, nothing else"
TO_NOTHING = "Strandline: CSV to JSON Lines, thrown away"
CONVERTER = "ToJSONLines"


def diff(dump: str) -> str:
    return f"Strandline: query --diff, {dump}"


class _History:
    """A store with two runs, made once for all who ask it."""

    def __init__(self, bench: Bench, dump: str) -> None:
        self.feed = Feed(bench, f"history-{dump}")
        self.dump = dump
        self.answer = self.feed.folder / "answer.jsonl"
        self._between = self.feed.folder / "first-run"

    @property
    def first_moment(self) -> str:
        return self._between.read_text()

    def prepare(self) -> None:
        if self._between.exists():
            return
        remove(self.feed.store)
        dumps = self.feed.bench.dumps
        self.feed.run("--input", dumps.path("before"))
        self._between.write_text(self.feed.answer("fetch")["valid_from"])
        self.feed.run("--input", dumps.path(self.dump))
        # Queries do not read what is published, and it is large.
        remove(self.feed.store / "records" / "published")


class AsOf:
    """All records as JSON Lines, as they were before the last run."""

    name = AS_OF

    def __init__(self, history: _History) -> None:
        self._history = history
        self.prepare = history.prepare

    def repeat(self) -> Outcome:
        history = self._history
        usage = history.feed.call("query", "--as-of", history.first_moment, stdout=history.answer)
        check_lines(self.name, history.answer, history.feed.bench.dumps.rows)
        return Outcome({"query": usage}, written=history.answer.stat().st_size)


class Diff:
    """What differs between the two runs, as JSON Lines."""

    def __init__(self, history: _History) -> None:
        self.name = diff(history.dump)
        self._history = history
        self.prepare = history.prepare

    def repeat(self) -> Outcome:
        history = self._history
        usage = history.feed.call("query", "--diff", history.first_moment, "now", stdout=history.answer)
        check_changes(self.name, [history.answer], history.feed.bench.dumps.truths[history.dump])
        return Outcome({"query": usage}, written=history.answer.stat().st_size)


class TwoFiles:
    """What differs between two dumps, without any state."""

    name = TWO_FILES

    def __init__(self, bench: Bench) -> None:
        self._feed = Feed(bench, "two-files")
        self._answer = self._feed.folder / "answer.jsonl"

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        dumps = self._feed.bench.dumps
        files = ("--before", dumps.path("before"), "--input", dumps.path("scattered"))
        usage = self._feed.call("dedupe", *files, stdout=self._answer)
        check_changes(self.name, [self._answer], dumps.truths["scattered"])
        return Outcome({"dedupe": usage}, written=self._answer.stat().st_size)


class ToJSONLines:
    """What the records of a dump take to be read as CSV and written as JSON, without a store."""

    name = TO_JSON_LINES

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._answer = Feed(bench, "to-json-lines").folder / "answer.jsonl"

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        usage = run(
            [self._bench.functions / CONVERTER],
            stdin=self._bench.dumps.path("before"),
            stdout=self._answer,
        )
        check_lines(self.name, self._answer, self._bench.dumps.rows)
        return Outcome({CONVERTER: usage}, written=self._answer.stat().st_size)


class ToNothing:
    """The same without a disk: what the processor takes to convert. The same program's answers are checked above."""

    name = TO_NOTHING

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        usage = run([self._bench.functions / CONVERTER], stdin=self._bench.dumps.path("before"))
        return Outcome({CONVERTER: usage})


def contenders(bench: Bench) -> list[Contender]:
    histories = {dump: _History(bench, dump) for dump in ("scattered", "cluster")}
    return [
        TwoFiles(bench),
        ToJSONLines(bench),
        ToNothing(bench),
        AsOf(histories["scattered"]),
        *(Diff(history) for history in histories.values()),
    ]
