"""Strandline: whole runs, stage by stage."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contenders.bench import Bench
from harness.checking import Mismatch, check_changes
from harness.contender import Contender, Facts, Outcome
from harness.files import Stamp, remove, restore, stamps, written_since
from harness.process import Usage, run

STAGES = ("fetch", "dedupe", "snapshot", "publish")
FUNCTIONS = (*STAGES, "query")
# Goes into the feed file of the runs with SHA-256; left out where the feed file is refused.
SHA256_SETTING = "fingerprint: sha256"
_SETTINGS_ARE_WRONG = 78

FIRST = "Strandline: first run"
SCENARIOS = {
    "scattered": "0.2% scattered",
    "cluster": "0.2% in a cluster",
    "scattered5": "5% scattered",
    "shuffled": "0.2% scattered, shuffled",
    "header": "a column renamed",
    "same": "unchanged",
}


def scenario(dump: str, sha256: bool = False) -> str:
    return f"Strandline: {SCENARIOS[dump]}{', SHA-256' * sha256}"


class Feed:
    """A folder with a feed file, a store and the events of the latest run."""

    # What the functions are given beside the environment.
    environment: Mapping[str, str] = {}

    def __init__(self, bench: Bench, name: str, settings: str = "", key: str = "id") -> None:
        self.bench = bench
        self.folder = bench.folder(name)
        self.file = self.folder / "feed.yaml"
        self.store = self.folder / "store"
        self.file.write_text(f"feed: records\nstore: ./store\nsource:\n  path: dump.csv\nkey: [{key}]\n{settings}\n")

    def call(
        self,
        function: str,
        *arguments: str | Path,
        stdin: Path | None = None,
        stdout: Path | None = None,
        statuses: tuple[int, ...] = (0,),
    ) -> Usage:
        command = self.command([self.bench.functions / function, "--feed", self.file, *arguments])
        return run(command, stdin=stdin, stdout=stdout, environment=self.environment, statuses=statuses)

    def command(self, words: list[str | Path]) -> list[str | Path]:
        """The words by which a function is called: a feed that wants it called in some other way replaces this."""
        return words

    def run(self, *arguments: str | Path) -> dict[str, Usage]:
        """All stages in a row, each with the event of the one before; the arguments are for fetch."""
        usages: dict[str, Usage] = {}
        event: Path | None = None
        for stage in STAGES:
            given = arguments if stage == "fetch" else ()
            usages[stage] = self.call(stage, *given, stdin=event, stdout=self._event(stage))
            event = self._event(stage)
        return usages

    def answer(self, stage: str) -> dict[str, Any]:
        """The data of the event that a stage printed last."""
        data: dict[str, Any] = json.loads(self._event(stage).read_text())["data"]
        return data

    def changes(self) -> list[Path]:
        """Where the latest run's changes are; none if there were none."""
        changes = self.answer("dedupe").get("changes")
        return [self.store / "records" / changes["object"]] if changes else []

    def is_refused(self) -> bool:
        command: list[str | Path] = [self.bench.functions / "query", "--feed", self.file, "--runs"]
        return subprocess.run(command, capture_output=True, check=False).returncode == _SETTINGS_ARE_WRONG

    def _event(self, stage: str) -> Path:
        return self.folder / f"{stage}.json"


class FirstRun:
    """Everything is new."""

    name = FIRST

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def prepare(self) -> None:
        pass

    def repeat(self) -> Outcome:
        remove(self._feed.store)
        dumps = self._feed.bench.dumps
        usages = self._feed.run("--input", dumps.path("before"))
        inserted = self._feed.answer("dedupe")["counts"]["inserted"]
        if inserted != dumps.rows:
            raise Mismatch(f"{self.name} found {inserted} new records instead of {dumps.rows}")
        return _outcome(usages, {}, self._feed.store)


class LaterRun:
    """A run against the state that a first run left."""

    def __init__(self, feed: Feed, dump: str, name: str) -> None:
        self.name = name
        self._feed = feed
        self._dump = dump
        self._prepared = feed.folder / "first"

    def prepare(self) -> None:
        # The copy stands where it was made: a store that was moved would be published anew.
        if not self._prepared.exists():
            remove(self._feed.store)
            self._feed.run("--input", self._feed.bench.dumps.path("before"))
            restore(self._feed.store, self._prepared)

    def repeat(self) -> Outcome:
        restore(self._prepared, self._feed.store)
        before = stamps(self._feed.store)
        usages = self._feed.run("--input", self._feed.bench.dumps.path(self._dump))
        check_changes(self.name, self._feed.changes(), self._feed.bench.dumps.truths[self._dump])
        return _outcome(usages, before, self._feed.store)


def _outcome(usages: dict[str, Usage], before: dict[Path, Stamp], store: Path) -> Outcome:
    """What a run used and wrote. Removes the store, which is as large as many dumps."""
    written = written_since(before, store)
    remove(store)
    published = {path: size for path, size in written.items() if "published" in path.parts}
    total = sum(written.values())
    facts: Facts = {
        "published": sum(published.values()),
        "outside": total - sum(published.values()),
        "largest": max(written.values(), default=0),
        "parts": sum("parts" in path.parts and path.suffix == ".jsonl" for path in published),
        "current": sum(size for path, size in published.items() if path.name == "current.jsonl"),
    }
    return Outcome(usages, total, facts)


def contenders(bench: Bench) -> list[Contender]:
    feed = Feed(bench, "strandline")
    found: list[Contender] = [FirstRun(Feed(bench, "strandline-first"))]
    found += [LaterRun(feed, dump, scenario(dump)) for dump in SCENARIOS]
    with_sha256 = Feed(bench, "strandline-sha256", SHA256_SETTING)
    if with_sha256.is_refused():
        print(f"left out: SHA-256, because feed files with `{SHA256_SETTING}` are refused", file=sys.stderr)
    else:
        found.append(LaterRun(with_sha256, "scattered", scenario("scattered", sha256=True)))
    return found
