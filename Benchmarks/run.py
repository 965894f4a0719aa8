"""Measures Strandline and others on the same files, checks what they answer, and prints what came out."""

import fcntl
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from contenders import dlt, duckdb, physical, polars, queries, real_feeds, start_up, strandline
from contenders.bench import Bench
from contenders.strandline import FUNCTIONS
from generator.dumps import Dumps, read_dumps
from harness.checking import Mismatch
from harness.contender import Contender
from harness.machine import describe
from harness.process import Failed
from harness.report import results_table, table, write_between
from harness.rounds import Results, measure
from options import HERE, Options, parse
from verdict.figures import Figures
from verdict.targets import targets

_DATA = HERE / ".data"
_PYTHON = HERE / ".venv" / "bin" / "python"
# Others are measured by these.
_YARDSTICKS = (physical.CAT, duckdb.START)


def _dumps(rows: int) -> Dumps:
    # In a process of its own, because no child's peak memory is seen below that of the harness.
    subprocess.run([sys.executable, HERE / "generate.py", _DATA, str(rows)], check=True)
    return read_dumps(_DATA, rows)


def _functions(options: Options, work: Path) -> Path:
    """A copy: a build in the meantime must not change what is measured."""
    copy = work / "functions"
    copy.mkdir(parents=True)
    for function in (*FUNCTIONS, queries.CONVERTER):
        shutil.copy(options.bin / function, copy)
    return copy


def _contenders(options: Options, bench: Bench) -> list[Contender]:
    found: list[Contender] = []
    for module in (physical, duckdb, polars, strandline, queries, start_up):
        found += module.contenders(bench)
    found += dlt.contenders(bench, _dumps(options.fewer_rows))
    found += real_feeds.contenders(bench, options.shared)
    return [each for each in found if re.search(options.only, each.name) or each.name in _YARDSTICKS]


def _report(options: Options, bench: Bench, results: Results) -> str:
    figures = Figures(results, bench.dumps)
    command = shlex.join(["Benchmarks/run.py", *sys.argv[1:]])
    versions: dict[str, list[str | Path]] = {
        name: [_PYTHON, "-c", f"import importlib.metadata as m; print(m.version('{package}'))"]
        for name, package in (("DuckDB", "duckdb"), ("Polars", "polars"), ("dlt", "dlt"))
    }
    tools: dict[str, list[str | Path]] = versions | {
        "Strandline": ["git", "-C", HERE, "describe", "--always", "--dirty"],
        "coreutils": ["cat", "--version"],
        "OpenSSL": ["openssl", "version"],
        "zstd": ["zstd", "--version"],
    }
    return "\n\n".join(
        (
            f"{bench.dumps.rows:,} rows, {figures.dump_size('before') / 1e6:.0f} MB; "
            f"fewer rows: {options.fewer_rows:,}; medians of {options.repetitions}.",
            results_table(results, figures.cat, figures.peer),
            table(("", "required", "seen", "met"), (target.row for target in targets(figures))),
            table(("", ""), describe(_DATA, tools, command)),
        )
    )


def _alone() -> TextIO:
    """Holds a lock until it is closed: two runs would share a folder, and spoil each other's figures."""
    _DATA.mkdir(exist_ok=True)
    lock = (_DATA / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("error: another run of the benchmarks is under way")
    return lock


def main() -> int:
    options = parse(sys.argv[1:])
    # Leaves by way of `finally`: what is removed there may be as large as many dumps.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = _DATA / "work"
    with _alone():
        shutil.rmtree(work, ignore_errors=True)
        bench = Bench(_dumps(options.rows), work, _functions(options, work), _PYTHON)
        try:
            results = measure(_contenders(options, bench), options.repetitions)
        except (Mismatch, Failed) as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        finally:
            shutil.rmtree(work, ignore_errors=True)
    if options.check:
        print(f"{len(results)} contenders, and all answers are right")
        return 0
    report = _report(options, bench, results)
    print(report)
    if options.write:
        write_between(HERE / "README.md", "<!-- results -->", "<!-- end of results -->", report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
