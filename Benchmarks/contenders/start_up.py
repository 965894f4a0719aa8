"""Strandline: how long a function takes that has next to nothing to do."""

from contenders.bench import Bench
from contenders.strandline import FUNCTIONS, Feed
from harness.contender import Contender, Outcome
from harness.files import remove

_CALLS = 40


def start_up(function: str) -> str:
    return f"Strandline: start-up of {function}"


class StartUp:
    """From exec to exit of a function's shortest way through: the median of many calls."""

    def __init__(self, bench: Bench, function: str) -> None:
        self.name = start_up(function)
        self._function = function
        # A day must pass between two reads, so fetch finds that it is not due.
        self._feed = Feed(bench, f"start-up-{function}", "min_interval: 1d")
        self._arguments: tuple[str, ...] = ()

    def prepare(self) -> None:
        (self._feed.folder / "dump.csv").write_text("id,name\n1,Ada\n")
        remove(self._feed.store)
        self._feed.run()
        if self._function == "query":
            self._arguments = ("--runs",)
        elif self._function != "fetch":
            # A stage that is called again answers as before.
            self._arguments = ("--run", self._feed.answer("fetch")["run"])

    def repeat(self) -> Outcome:
        calls = [self._feed.call(self._function, *self._arguments) for _ in range(_CALLS)]
        return Outcome({self._function: sorted(calls, key=lambda call: call.wall)[_CALLS // 2]})


def contenders(bench: Bench) -> list[Contender]:
    return [StartUp(bench, function) for function in FUNCTIONS]
