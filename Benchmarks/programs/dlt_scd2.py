"""Loads a dump with dlt into DuckDB as slowly changing dimension: DUMP.csv FOLDER."""

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import dlt

# Lists of rows go through dlt in one piece each, which is its own advice for speed.
_BATCH = 5_000


def rows(dump: str) -> Iterator[list[dict[str, str]]]:
    with open(dump, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        while batch := list(islice(reader, _BATCH)):
            yield batch


def main(dump: str, folder: Path) -> None:
    pipeline = dlt.pipeline(
        "records",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(folder / "records.db")),
        dataset_name="history",
    )
    resource = dlt.resource(rows(dump), name="records", write_disposition={"disposition": "merge", "strategy": "scd2"})
    pipeline.run(resource).raise_on_failed_jobs()


main(sys.argv[1], Path(sys.argv[2]))
