"""Strandline: how long a function takes to its first request to the store."""

from contenders.bench import Bench
from contenders.strandline import FUNCTIONS, Feed
from harness.contender import Contender, Outcome
from harness.files import remove

_CALLS = 40
_SETTINGS_ARE_WRONG = 78


def start_up(function: str) -> str:
    return f"Strandline: start-up of {function}"


class StartUp:
    """From exec to exit of a function whose store is below a file, so that its first request is its last: the median of
    many calls."""

    def __init__(self, bench: Bench, function: str) -> None:
        self.name = start_up(function)
        self._function = function
        self._feed = Feed(bench, f"start-up-{function}")
        self._arguments: tuple[str, ...] = ()

    def prepare(self) -> None:
        (self._feed.folder / "dump.csv").write_text("id,name\n1,Ada\n")
        remove(self._feed.store)
        self._feed.run()
        self._arguments = ("--store", str(self._feed.folder / "dump.csv" / "store"))
        if self._function == "query":
            self._arguments += ("--runs",)
        elif self._function != "fetch":
            self._arguments += ("--event", str(self._feed.folder / "fetch.json"))

    def repeat(self) -> Outcome:
        statuses = (_SETTINGS_ARE_WRONG,)
        calls = [self._feed.call(self._function, *self._arguments, statuses=statuses) for _ in range(_CALLS)]
        return Outcome({self._function: sorted(calls, key=lambda call: call.wall)[_CALLS // 2]})


def contenders(bench: Bench) -> list[Contender]:
    return [StartUp(bench, function) for function in FUNCTIONS]
