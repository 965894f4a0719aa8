-- What the latest load closed and opened, as changes.
COPY (
  WITH loads AS (SELECT max(_dlt_valid_from) AS latest FROM history.records),
    gone AS (SELECT $key FROM history.records, loads WHERE _dlt_valid_to = latest),
    came AS (SELECT $key FROM history.records, loads WHERE _dlt_valid_from = latest)
  SELECT
    CASE WHEN gone.$key IS NULL THEN 'insert' WHEN came.$key IS NULL THEN 'delete' ELSE 'update' END AS op,
    [coalesce(gone.$key, came.$key)] AS key
  FROM gone FULL JOIN came USING ($key)
) TO '$changes' (FORMAT json);
