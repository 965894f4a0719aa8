"""Measures Strandline and others on the same files, checks what they answer, and prints what came out."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from contenders import duckdb, physical, polars, queries, start_up, strandline
from contenders.bench import Bench
from generator.dumps import read_dumps
from harness.checking import Mismatch
from harness.contender import Contender
from harness.process import Failed
from harness.report import results_table
from harness.rounds import measure

_HERE = Path(__file__).parent
_DATA = _HERE / ".data"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--bin", type=Path, default=_HERE.parent / ".build" / "release", help="where the functions are")
    parser.add_argument("--only", default="", help="only contenders whose name contains this")
    return parser.parse_args()


def _bench(rows: int, work: Path, functions: Path) -> Bench:
    # In a process of its own: a child's peak memory is never seen below that of the harness.
    subprocess.run([sys.executable, _HERE / "generate.py", _DATA, str(rows)], check=True)
    return Bench(read_dumps(_DATA, rows), work, functions.resolve(), _HERE / ".venv" / "bin" / "python")


def main() -> int:
    options = _options()
    work = _DATA / "work"
    shutil.rmtree(work, ignore_errors=True)
    bench = _bench(options.rows, work, options.bin)
    contenders: list[Contender] = []
    for module in (physical, duckdb, polars, strandline, queries, start_up):
        contenders += module.contenders(bench)
    try:
        results = measure([each for each in contenders if options.only in each.name], options.repetitions)
    except (Mismatch, Failed) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(results_table(results, results[physical.CAT].usage().cpu, lambda name, steps: None))
    return 0


if __name__ == "__main__":
    sys.exit(main())
