"""Strandline: how long a function takes that has next to nothing to do."""

from contenders.bench import Bench
from contenders.strandline import Feed
from harness.contender import Contender, Outcome
from harness.files import remove

START_UP = "Strandline: start-up"
_CALLS = 40


class StartUp:
    """From exec to exit of each function's shortest way through: the median of many calls."""

    name = START_UP

    def __init__(self, bench: Bench) -> None:
        # A day must pass between two reads, so fetch finds that it is not due.
        self._feed = Feed(bench, "start-up", "min_interval: 1d")
        self._calls: dict[str, tuple[str, ...]] = {}

    def prepare(self) -> None:
        (self._feed.folder / "dump.csv").write_text("id,name\n1,Ada\n")
        remove(self._feed.store)
        self._feed.run()
        again = ("--run", self._feed.answer("fetch")["run"])
        self._calls = {"fetch": (), "dedupe": again, "snapshot": again, "publish": again, "query": ("--runs",)}

    def repeat(self) -> Outcome:
        medians = {}
        for function, arguments in self._calls.items():
            usages = [self._feed.call(function, *arguments) for _ in range(_CALLS)]
            medians[function] = sorted(usages, key=lambda usage: usage.wall)[_CALLS // 2]
        return Outcome(medians)


def contenders(bench: Bench) -> list[Contender]:
    return [StartUp(bench)]
