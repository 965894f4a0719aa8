"""What a run of the benchmarks can be told."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_REPOSITORY = HERE.parent


@dataclass(frozen=True)
class Options:
    rows: int
    fewer_rows: int
    repetitions: int
    bin: Path
    shared: Path
    only: str
    check: bool
    write: bool


def parse(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="run.py", description="Measures Strandline and others on the same files, and checks what they answer."
    )
    add = parser.add_argument
    add("--rows", type=int, default=1_000_000, help="rows of the first dump (%(default)s)")
    add("--fewer-rows", type=int, default=100_000, help="rows where dlt takes part (%(default)s)")
    add("--repetitions", type=int, default=5, help="of each contender, in turn; medians count (%(default)s)")
    add("--bin", type=Path, default=_REPOSITORY / ".build" / "release", help="where the functions are")
    add("--shared", type=Path, default=_shared(), help="the folder that has real feeds in `data` (%(default)s)")
    add("--only", default="", metavar="PATTERN", help="only contenders whose name has this")
    add("--check", action="store_true", help="only say whether all answers are right")
    add("--write", action="store_true", help="put the results into README.md too")
    options = Options(**vars(parser.parse_args(arguments)))
    if options.rows < 1000 or options.fewer_rows < 1000:
        parser.error("at least 1000 rows, so that 0.2% of them are some")
    if not (options.bin / "fetch").exists():
        parser.error(f"no functions in {options.bin}: `make build` makes them")
    return options


def _shared() -> Path:
    data = os.environ.get("STRANDLINE_SHARED_DATA")
    return Path(data).parent if data else _REPOSITORY.parent / "shared"
