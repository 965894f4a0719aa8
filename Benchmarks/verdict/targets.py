"""What is promised, and what was seen of it."""

from collections.abc import Callable
from dataclasses import dataclass

from contenders import dlt, duckdb, physical, queries, real_feeds, start_up, strandline
from verdict.figures import FIND, Figures

_MIB = 1 << 20
_MOST_PARTS = 16
_SMALL_SET = 64 * _MIB
_SCATTERED = strandline.scenario("scattered")
_CLUSTER = strandline.scenario("cluster")


@dataclass(frozen=True)
class Check:
    """One figure, and whether it is good enough."""

    seen: str
    met: bool


@dataclass(frozen=True)
class Target:
    """One promise; without checks if what it needs was not measured."""

    what: str
    required: str
    checks: list[Check]

    @property
    def row(self) -> list[str]:
        verdict = ("yes" if all(check.met for check in self.checks) else "**no**") if self.checks else "–"
        return [self.what, self.required, "; ".join(check.seen for check in self.checks) or "not measured", verdict]


def targets(figures: Figures) -> list[Target]:
    found = []
    for what, required, judge in _PROMISES:
        try:
            checks = judge(figures)
        except KeyError:
            checks = []
        found.append(Target(what, required, checks))
    return found


def _less(unit: str, times: float, theirs: float, ours: float) -> Check:
    return Check(f"{theirs / ours:.1f} times less {unit}", theirs >= times * ours)


def _at_most(unit: str, times: float, ours: float, base: float) -> Check:
    return Check(f"{ours / base:.2f} times {unit}", ours <= times * base)


def _find(figures: Figures) -> list[Check]:
    ours = figures.cpu(_SCATTERED, *FIND)
    return [
        _less("than DuckDB", 20, figures.duckdb(duckdb.task_d(1)), ours),
        _at_most("cat", 4, ours, figures.cat),
    ]


def _two_files(figures: Figures) -> list[Check]:
    ours = figures.cpu(queries.TWO_FILES)
    return [
        _at_most("cat", 8, ours, figures.cat),
        _less("than DuckDB", 10, figures.duckdb(duckdb.task_d(1)), ours),
    ]


def _find_shuffled(figures: Figures) -> list[Check]:
    theirs = figures.duckdb(duckdb.task_d(1, "shuffled"))
    return [_less("than DuckDB", 8, theirs, figures.cpu(strandline.scenario("shuffled"), *FIND))]


def _find_sha256(figures: Figures) -> list[Check]:
    ours = figures.cpu(strandline.scenario("scattered", sha256=True), *FIND)
    return [_at_most("openssl", 1.4, ours, figures.cpu(physical.DIGEST))]


def _whole_run(figures: Figures) -> list[Check]:
    return [
        _less("CPU", 8, figures.duckdb(duckdb.task_s(1)), figures.cpu(_SCATTERED)),
        # Two threads need less time, so that is the time to beat.
        _less("wall", 8, min(figures.duckdb_wall(duckdb.task_s(n)) for n in (1, 2)), figures.wall(_SCATTERED)),
    ]


def _against_dlt(figures: Figures) -> list[Check]:
    return [_less("CPU", 500, figures.cpu(dlt.SCD2), figures.cpu(dlt.STRANDLINE))]


def _unchanged(figures: Figures) -> list[Check]:
    name = strandline.scenario("same")
    largest = figures.series(name).fact("largest")
    return [
        _at_most("cat", 3, figures.cpu(name), figures.cat),
        Check(f"largest object {largest} bytes", largest <= 4096),
    ]


def _outside(figures: Figures) -> list[Check]:
    return [
        _share(label, figures.series(name).fact("outside"), figures.dump_size(dump), most)
        for label, name, dump, most in (("cluster", _CLUSTER, "cluster", 1), ("scattered", _SCATTERED, "scattered", 5))
    ]


def _published(figures: Figures) -> list[Check]:
    checks = []
    for label, name in (("cluster", _CLUSTER), ("scattered", _SCATTERED)):
        parts, current = (figures.series(name).fact(fact) for fact in ("parts", "current"))
        seen = f"{label}: {parts} parts, `current.jsonl` {current / _MIB:.0f} MiB"
        checks.append(Check(seen, parts <= _MOST_PARTS and current <= _SMALL_SET))
    return checks


def _first_run(figures: Figures) -> list[Check]:
    return [
        _at_most("DuckDB's load", 1, figures.cpu(strandline.FIRST), figures.duckdb(duckdb.LOAD)),
        _at_most("zstd -1 (fetch)", 1.5, figures.cpu(strandline.FIRST, "fetch"), figures.cpu(physical.COMPRESS)),
    ]


def _to_json_lines(figures: Figures) -> list[Check]:
    to_nothing, to_file = (
        figures.dump_size("before") / figures.cpu(name) for name in (queries.TO_NOTHING, queries.TO_JSON_LINES)
    )
    seen = f"{to_nothing / 1e9:.2f} GB/s; {to_file / 1e9:.2f} with what the system takes to write a file"
    return [Check(seen, to_nothing >= 1e9)]


def _as_of(figures: Figures) -> list[Check]:
    return [_less("CPU", 3, figures.duckdb(duckdb.AS_OF), figures.cpu(queries.AS_OF))]


def _diff(figures: Figures) -> list[Check]:
    return [
        _share(dump, figures.cpu(queries.diff(dump)), figures.cpu(queries.AS_OF), most)
        for dump, most in (("cluster", 5), ("scattered", 25))
    ]


def _real_feeds(figures: Figures) -> list[Check]:
    starts = figures.series(real_feeds.SCRIPT).fact("starts")
    ours, theirs = (figures.cpu(name) for name in (real_feeds.STRANDLINE, real_feeds.SCRIPT))
    # Whoever runs such a script pays for its interpreter each time, so it counts here.
    alone = figures.duckdb(real_feeds.SCRIPT, starts) / ours
    return [Check(f"{theirs / ours:.1f} times less ({alone:.1f} without the interpreter)", theirs >= 5 * ours)]


def _memory(figures: Figures) -> list[Check]:
    limit = (64 if figures.rows <= 1_000_000 else 128) * _MIB
    names = (
        strandline.FIRST, *(strandline.scenario(dump) for dump in strandline.SCENARIOS),
        queries.TWO_FILES, queries.AS_OF, queries.diff("cluster"), queries.diff("scattered"),
    )  # fmt: skip
    peaks = {name: figures.series(name).usage().peak for name in names}
    worst = max(peaks, key=lambda name: peaks[name])
    return [Check(f"{peaks[worst] / _MIB:.0f} MiB ({worst})", peaks[worst] <= limit)]


def _start_up(figures: Figures) -> list[Check]:
    slowest = max(figures.wall(start_up.start_up(function)) for function in strandline.FUNCTIONS)
    own = slowest - figures.wall(physical.NOTHING)
    return [Check(f"{own * 1000:.1f} ms, that of `true` taken off", own <= 0.005)]


def _share(label: str, part: float, whole: float, percent: float) -> Check:
    return Check(f"{label} {100 * part / whole:.2f}%", part <= whole * percent / 100)


_PROMISES: list[tuple[str, str, Callable[[Figures], list[Check]]]] = [
    ("`fetch` + `dedupe`, CPU", "20 times less than DuckDB's task D; at most 4 times `cat`", _find),
    ("`dedupe` of two files, CPU", "at most 8 times `cat`; 10 times less than DuckDB's task D", _two_files),
    ("`fetch` + `dedupe`, shuffled, CPU", "8 times less than DuckDB's task D", _find_shuffled),
    ("`fetch` + `dedupe` with SHA-256, CPU", "at most 1.4 times `openssl dgst -sha256`", _find_sha256),
    ("a whole run, synced, CPU and wall", "8 times less than DuckDB's task S", _whole_run),
    ("a whole run of fewer rows, CPU", "500 times less than dlt's scd2", _against_dlt),
    ("a whole run, unchanged, CPU", "at most 3 times `cat`; no object over 4 KiB", _unchanged),
    ("written outside `published/`", "at most 1% of the dump for a cluster, 5% scattered", _outside),
    ("written under `published/`", "at most 16 parts; `current.jsonl` only under 64 MiB", _published),
    ("first run, CPU", "at most DuckDB's load; `fetch` at most 1.5 times `zstd -1`", _first_run),
    ("CSV to JSON Lines, one thread", "1 GB/s of input", _to_json_lines),
    ("`query --as-of`, CPU", "3 times less than DuckDB's history table", _as_of),
    ("`query --diff`, CPU", "under 5% of an as-of for a cluster, 25% scattered", _diff),
    ("covid, all dumps, CPU", "5 times less than the careful script", _real_feeds),
    ("peak memory of every function", "64 MiB at 1M rows, 128 MiB at 10M", _memory),
    ("start-up", "5 ms to the first request to the store", _start_up),
]
