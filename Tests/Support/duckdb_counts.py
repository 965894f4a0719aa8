"""Runs published/duckdb.sql as a reader would, and prints how many rows each of its views has.

  duckdb_counts.py FOLDER-published
"""
import json, sys
import duckdb

folder = sys.argv[1]
database = duckdb.connect()
with open(folder + "/duckdb.sql", encoding="utf-8") as file:
    database.execute(file.read())


def count(source, *arguments):
    return database.execute("SELECT count(*) FROM " + source, arguments).fetchone()[0]


print(json.dumps({
    "current": count("current_records"),
    "open": count("history WHERE valid_to IS NULL"),
    "history": count("history"),
    "file": count("read_json(?, format = 'newline_delimited')", folder + "/current.jsonl"),
}))
