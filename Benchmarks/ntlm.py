"""Measures a large report behind NTLM in a small box: by URL, and as curl and a file would do it.

The server verifies NTLM, thinks first, and then answers slowly; it stands outside of the box. What each run found is held
against what was changed.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contenders.bench import Bench
from contenders.strandline import STAGES, Feed
from generator.dumps import Dumps, read_dumps
from harness.box import Box
from harness.checking import Mismatch
from harness.machine import describe
from harness.process import Failed, Usage, run
from harness.report import table, write_between
from options import HERE

_REPOSITORY = HERE.parent
_DATA = HERE / ".data"
_PYTHON = _REPOSITORY / ".venv" / "bin" / "python"
_USER, _PASSWORD, _DOMAIN = "svc_report", "s3cret & more", "CORP"
# Each run, and the dump that is served then.
_RUNS = {"first run": "before", "0.2% changed": "scattered", "unchanged": "scattered"}
_REQUIRED_MIB, _REQUIRED_RATIO = 64, 1.5
_BEGIN, _END = "<!-- results of ntlm -->", "<!-- end of results of ntlm -->"
_Steps = dict[str, Usage]


class BoxedFeed(Feed):
    """A feed whose functions run in the box, if there is one."""

    environment = {"REPORT_PASSWORD": _PASSWORD}

    def __init__(self, bench: Bench, name: str, source: str, box: Box | None) -> None:
        super().__init__(bench, name)
        self.box = box
        text = self.file.read_text().replace("  path: dump.csv\n", source)
        self.file.write_text(text)

    def command(self, words: list[str | Path]) -> list[str | Path]:
        return self.box.command(words) if self.box else words


@contextmanager
def _server(folder: Path, think: float, rate: int) -> Iterator[str]:
    words = [_USER, _PASSWORD, _DOMAIN, str(think), str(rate)]
    script = _REPOSITORY / "Tests" / "Support" / "ntlm_server.py"
    with subprocess.Popen(
        [_PYTHON, script, *words], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin and server.stdout
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/report.csv"
        # It ends when its input does.
        server.stdin.close()


def _repetition(bench: Bench, options: argparse.Namespace, box: Box | None) -> dict[str, dict[str, _Steps]]:
    """What each way took for each run, step by step."""
    folder = bench.folder("served")
    result: dict[str, dict[str, _Steps]] = {label: {} for label in _RUNS}
    with _server(folder, options.think, int(options.rate * 1e6)) as url:
        auth = f"auth: {{ method: ntlm, user: '{_DOMAIN}\\{_USER}', password_env: REPORT_PASSWORD }}"
        feeds = {
            "url": BoxedFeed(bench, "by-url", f"  url: {url}\n  {auth}\n", box),
            "file": BoxedFeed(bench, "by-file", "  path: dump.csv\n", box),
        }
        for label, dump in _RUNS.items():
            served = folder / "served"
            served.unlink(missing_ok=True)
            served.symlink_to(bench.dumps.path(dump).resolve())
            for way, feed in feeds.items():
                steps: _Steps = {}
                if way == "file":
                    copy = feed.folder / "dump.csv"
                    account = f"{_DOMAIN}\\{_USER}:{_PASSWORD}"
                    words = ["curl", "-sS", "--fail", "--ntlm", "-u", account, "-o", copy, url]
                    steps["curl --ntlm"] = run(feed.command(words))
                steps |= feed.run()
                _check(bench.dumps, label, feed)
                result[label][way] = steps
    for feed in feeds.values():
        shutil.rmtree(feed.folder)
    return result


def _check(dumps: Dumps, label: str, feed: Feed) -> None:
    counts = feed.answer("dedupe").get("counts") or {}
    found = tuple(counts.get(name, 0) for name in ("inserted", "updated", "deleted"))
    truth = dumps.truths["scattered"]
    expected = {
        "first run": (dumps.rows, 0, 0),
        "0.2% changed": (truth.insert.count, truth.update.count, truth.delete.count),
        "unchanged": (0, 0, 0),
    }[label]
    if found != expected:
        raise Mismatch(f"{feed.folder.name} found {found} in the {label}; the truth is {expected}")


class Figures:
    """Medians of all repetitions."""

    def __init__(self, repetitions: list[dict[str, dict[str, _Steps]]]) -> None:
        self.repetitions = repetitions

    def steps(self, label: str, way: str) -> list[str]:
        return list(self.repetitions[0][label][way])

    def usage(self, label: str, way: str, *names: str) -> Usage:
        """The medians of the steps together, and the largest peak."""
        taken = [sum((each[label][way][name] for name in names), Usage()) for each in self.repetitions]
        return Usage(
            statistics.median(usage.cpu for usage in taken),
            statistics.median(usage.wall for usage in taken),
            max(usage.peak for usage in taken),
        )

    def ratio(self, label: str, *stages: str) -> float:
        """The CPU by URL, in times of what curl and the same stages from a file take."""
        return self.usage(label, "url", *stages).cpu / self.usage(label, "file", "curl --ntlm", *stages).cpu

    @property
    def table(self) -> str:
        rows = []
        for label in _RUNS:
            for way, words in (("url", "by URL"), ("file", "curl, then from the file")):
                names = self.steps(label, way)
                lines = {f"{label}, {words}": names, **{f"· {name}": [name] for name in names[: 1 if way == "url" else 2]}}
                for line, some in lines.items():
                    usage = self.usage(label, way, *some)
                    rows.append([line, f"{usage.cpu:.2f}", f"{usage.wall:.1f}", f"{usage.peak / 2**20:.0f}"])
            rows.append([f"**{label}: by URL in times of the other**", f"**{self.ratio(label, *STAGES):.2f}**", "", ""])
        return table(["", "CPU s", "wall s", "peak MiB"], rows)

    @property
    def verdict(self) -> str:
        peak = max(self.usage(label, "url", "fetch").peak for label in _RUNS) / 2**20
        rows = [["memory of `fetch`", f"under {_REQUIRED_MIB} MiB", f"{peak:.0f} MiB", _met(peak < _REQUIRED_MIB)]]
        for what, stages in (("`fetch`", ("fetch",)), ("a whole run", STAGES)):
            ratio = max(self.ratio(label, *stages) for label in _RUNS)
            required = f"at most {_REQUIRED_RATIO} times `curl --ntlm` into a file and the same from there"
            rows.append([f"CPU of {what}", required, f"{ratio:.2f} times at most", _met(ratio <= _REQUIRED_RATIO)])
        return table(["", "required", "seen", "met"], rows)


def _met(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ntlm.py", description="Measures a large report behind NTLM in a small box.")
    add = parser.add_argument
    add("--rows", type=int, default=1_000_000, help="rows of the report (%(default)s)")
    add("--repetitions", type=int, default=5, help="medians of so many count (%(default)s)")
    add("--bin", type=Path, default=_REPOSITORY / ".build" / "release", help="where the functions are")
    add("--think", type=float, default=5, help="seconds before the server answers (%(default)s)")
    add("--rate", type=float, default=20, help="megabytes a second that it sends (%(default)s)")
    add("--cpus", type=float, default=0.5, help="share of one processor (%(default)s)")
    add("--memory", type=int, default=1024, metavar="MIB", help="memory of the box (%(default)s)")
    add("--no-box", action="store_true", help="measure without a control group")
    add("--check", action="store_true", help="only say whether all answers are right")
    add("--write", action="store_true", help="put the results into README.md too")
    return parser.parse_args(arguments)


def _report(options: argparse.Namespace, bench: Bench, figures: Figures, throttled: int) -> str:
    size = bench.dumps.path("before").stat().st_size / 1e6
    box = "no box" if options.no_box else f"a control group of {options.cpus:g} processors and {options.memory} MiB"
    head = (
        f"{bench.dumps.rows:,} rows, {size:.0f} MB, in {box}; the server thinks {options.think:g} s, then sends "
        f"{options.rate:g} MB/s; medians of {options.repetitions}."
    )
    if not options.no_box:
        head += f" The box had used up its share {throttled:,} times."
    tools: dict[str, list[str | Path]] = {
        "Strandline": ["git", "-C", HERE, "describe", "--always", "--dirty"],
        "curl": ["sh", "-c", "curl --version | cut -d' ' -f1,2"],
    }
    command = " ".join(["Benchmarks/ntlm.py", *sys.argv[1:]])
    return "\n\n".join((head, figures.table, figures.verdict, table(("", ""), describe(_DATA, tools, command))))


def main() -> int:
    options = _parse(sys.argv[1:])
    _DATA.mkdir(exist_ok=True)
    work = _DATA / "ntlm"
    box = None
    try:
        shutil.rmtree(work, ignore_errors=True)
        functions = work / "functions"
        functions.mkdir(parents=True)
        for function in STAGES:
            shutil.copy(options.bin / function, functions)
        # In a process of its own, because no child's peak memory is seen below that of the harness.
        subprocess.run([sys.executable, HERE / "generate.py", _DATA, str(options.rows)], check=True)
        bench = Bench(read_dumps(_DATA, options.rows), work, functions, _PYTHON)
        box = None if options.no_box else Box(options.cpus, options.memory << 20)
        repetitions = []
        for number in range(options.repetitions):
            print(f"repetition {number + 1} of {options.repetitions}", file=sys.stderr)
            repetitions.append(_repetition(bench, options, box))
        throttled = box.throttled if box else 0
    except (Mismatch, Failed) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        if box:
            box.remove()
        shutil.rmtree(work, ignore_errors=True)
    if options.check:
        print("a report behind NTLM, and all answers are right")
        return 0
    report = _report(options, bench, Figures(repetitions), throttled)
    print(report)
    if options.write:
        write_between(HERE / "README.md", _BEGIN, _END, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
