"""Keeps the history of a feed in DuckDB, as a careful person would script it: DATABASE DUMP.csv.gz TIME KEY...

One process a dump. A dump of no bytes is refused, ragged rows are rejected and counted, columns may come and go.
Prints how many versions were opened, closed and rejected.
"""

import csv
import gzip
import sys

import duckdb


def main(database: str, dump: str, moment: str, key: list[str]) -> None:
    with gzip.open(dump, "rt", encoding="utf-8-sig", newline="") as file:
        line = file.readline()
    if not line:
        sys.exit(f"{dump} has no bytes: refused")
    columns = next(csv.reader([line]))
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    line_end = r"\r\n" if line.endswith("\r\n") else r"\n"
    with duckdb.connect(database) as connection:
        connection.execute("SET threads = 1; SET preserve_insertion_order = false")
        connection.execute(f"""
            CREATE TEMP TABLE staging AS FROM read_csv('{dump}', auto_detect = false, header = true, delim = ',',
                quote = '"', escape = '"', new_line = '{line_end}', columns = {{{types}}}, store_rejects = true);
            CREATE TABLE IF NOT EXISTS history AS
                SELECT *, NULL::TIMESTAMP AS valid_from, NULL::TIMESTAMP AS valid_to FROM staging LIMIT 0;
        """)
        for column in columns:
            connection.execute(f'ALTER TABLE history ADD COLUMN IF NOT EXISTS "{column}" VARCHAR')
        known = [row[0] for row in connection.execute("DESCRIBE history").fetchall()]
        values = [column for column in known if column not in (*key, "valid_from", "valid_to")]
        # A column that is gone reads as empty; one that is empty everywhere changes nothing.
        differs = " OR ".join(
            f"""nullif(old."{column}", '') IS DISTINCT FROM """
            + (f"""nullif(new."{column}", '')""" if column in columns else "NULL")
            for column in values
        )
        same_key = " AND ".join(f'old."{column}" = new."{column}"' for column in key)
        close = f"""UPDATE history SET valid_to = TIMESTAMP '{moment}' WHERE rowid IN (
            SELECT old.rowid FROM history AS old LEFT JOIN staging AS new ON {same_key}
            WHERE old.valid_to IS NULL AND (new."{key[0]}" IS NULL OR {differs}))"""
        open_new = f"""INSERT INTO history BY NAME
            SELECT *, TIMESTAMP '{moment}' AS valid_from FROM staging AS new
            WHERE NOT EXISTS (FROM history AS old WHERE old.valid_to IS NULL AND {same_key})"""
        connection.execute("BEGIN")
        closed, opened = (connection.execute(statement).fetchone()[0] for statement in (close, open_new))
        rejected = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()[0]
        connection.execute("COMMIT")
    print(opened, closed, rejected)


main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
