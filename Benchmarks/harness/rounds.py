"""Runs contenders in turn, again and again."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from harness.contender import Contender, Outcome
from harness.process import Usage


@dataclass(frozen=True)
class Series:
    """All repetitions of one contender."""

    outcomes: list[Outcome]

    @property
    def last(self) -> Outcome:
        return self.outcomes[-1]

    def usage(self, *steps: str) -> Usage:
        """The medians over all repetitions of the steps named, or of all steps."""
        totals = [outcome.total(*steps) for outcome in self.outcomes]
        return Usage(
            median(usage.cpu for usage in totals),
            median(usage.wall for usage in totals),
            max(usage.peak for usage in totals),
        )

    def fact(self, name: str) -> int:
        return int(self.last.facts[name])

    @property
    def written(self) -> int:
        return max(outcome.written for outcome in self.outcomes)


Results = dict[str, Series]


def measure(contenders: Sequence[Contender], repetitions: int) -> Results:
    """Round robin, so that whatever slows the machine down for a while hits all alike."""
    for contender in contenders:
        _say(f"prepare {contender.name}")
        contender.prepare()
    outcomes: dict[str, list[Outcome]] = {contender.name: [] for contender in contenders}
    for repetition in range(1, repetitions + 1):
        for contender in contenders:
            _say(f"{repetition}/{repetitions} {contender.name}")
            outcomes[contender.name].append(contender.repeat())
    return {name: Series(series) for name, series in outcomes.items()}


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
