"""What a contender is, and what one repetition of it yields."""

from dataclasses import dataclass, field
from typing import Protocol

from harness.process import Usage

Facts = dict[str, int | str]


@dataclass(frozen=True)
class Outcome:
    """One repetition: what each step used, by name, and what was written."""

    steps: dict[str, Usage]
    written: int = 0
    # What targets ask for beside time and memory, such as the bytes outside a folder.
    facts: Facts = field(default_factory=dict)

    def total(self, *names: str) -> Usage:
        """The steps named, or all of them."""
        return sum((self.steps[name] for name in names or self.steps), Usage())


class Contender(Protocol):
    """Something that is measured. Only what `repeat` passes to `process.run` counts."""

    name: str

    def prepare(self) -> None:
        """Brings about what is there before a run: kept state, files."""

    def repeat(self) -> Outcome:
        """Puts the prepared state back, runs, and raises Mismatch if the answer is wrong."""
