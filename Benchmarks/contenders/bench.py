"""What all contenders are given."""

from dataclasses import dataclass
from pathlib import Path

from generator.dumps import Dumps


@dataclass(frozen=True)
class Bench:
    dumps: Dumps
    # Emptied before a run and after it.
    work: Path
    # Where Strandline's functions are.
    functions: Path
    # The interpreter that has the packages of requirements.txt.
    python: Path

    def folder(self, name: str) -> Path:
        """A folder of the contender's own."""
        folder = self.work / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
