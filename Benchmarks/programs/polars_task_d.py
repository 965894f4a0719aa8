"""Task D with Polars: STATE.parquet DUMP.csv CHANGES.jsonl. With one argument less: makes the state of a dump."""

import sys

import polars as pl

KEY = "id"


def read(dump: str) -> pl.LazyFrame:
    # Everything is text, so that nothing is spent on finding types.
    return pl.scan_csv(dump, infer_schema=False)


def find_changes(state: str, dump: str, output: str) -> None:
    old, new = pl.scan_parquet(state), read(dump)
    columns = [column for column in old.collect_schema().names() if column != KEY]
    differs = pl.any_horizontal(pl.col(column).ne_missing(pl.col(f"{column}_new")) for column in columns)
    inserted = pl.col(KEY).is_null()
    deleted = pl.col(f"{KEY}_new").is_null()
    operation = (
        pl.when(inserted).then(pl.lit("insert")).when(deleted).then(pl.lit("delete")).otherwise(pl.lit("update"))
    )
    before = pl.when(~inserted).then(pl.struct(KEY, *columns))
    after = pl.when(~deleted).then(pl.struct(pl.col(f"{column}_new").alias(column) for column in (KEY, *columns)))
    changes = (
        old.join(new, on=KEY, how="full", suffix="_new")
        .filter(inserted | deleted | differs)
        .select(
            operation.alias("op"),
            pl.concat_list(pl.coalesce(KEY, f"{KEY}_new")).alias("key"),
            before.alias("before"),
            after.alias("after"),
        )
    )
    changes.collect(engine="streaming").write_ndjson(output)


if len(sys.argv) == 3:
    read(sys.argv[1]).sink_parquet(sys.argv[2])
else:
    find_changes(*sys.argv[1:])
