"""The results as Markdown."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from harness.process import Usage
from harness.rounds import Results, Series

_MIB = 1 << 20


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def results_table(results: Results, cat: float, peer: Callable[[str, Sequence[str]], float | None]) -> str:
    """A row for each contender and each of its steps; `peer` tells DuckDB's CPU for the same work."""
    rows = []
    for name, series in results.items():
        for label, steps, written in _lines(name, series):
            usage = series.usage(*steps)
            rows.append(
                [label, *_figures(usage), written, _ratio(peer(name, steps), usage.cpu), _ratio(usage.cpu, cat)]
            )
    header = ["", "CPU s", "wall s", "peak MiB", "written MB", "times less CPU than DuckDB", "times the CPU of cat"]
    return table(header, rows)


def _lines(name: str, series: Series) -> Iterable[tuple[str, Sequence[str], str]]:
    """What is shown of a contender: all of it, then its steps."""
    yield name, (), _megabytes(series)
    steps = tuple(series.last.steps)
    if len(steps) > 1:
        if steps[:2] == ("fetch", "dedupe") and "snapshot" in steps:
            yield "· fetch + dedupe", steps[:2], ""
        for step in steps:
            yield f"· {step}", (step,), ""


def _megabytes(series: Series) -> str:
    if series.written == 0:
        return ""
    text = f"{series.written / 1e6:.1f}"
    if "outside" in series.last.facts:
        text += f" ({series.fact('outside') / 1e6:.2f} outside `published/`)"
    return text


def _figures(usage: Usage) -> list[str]:
    return [f"{usage.cpu:.3f}", f"{usage.wall:.3f}", f"{usage.peak / _MIB:.0f}"]


def _ratio(dividend: float | None, divisor: float) -> str:
    return "" if dividend is None or divisor <= 0 else f"{dividend / divisor:.1f}"


def write_between(file: Path, begin: str, end: str, text: str) -> None:
    """Replaces what stands between two marks in a file."""
    head, _, rest = file.read_text().partition(begin)
    _, _, tail = rest.partition(end)
    file.write_text(f"{head}{begin}\n{text}\n{end}{tail}")
