-- The smaller, kept side is the one that the join builds its table from; the dump is read once, as a stream.
COPY (
  SELECT
    CASE WHEN old.$key IS NULL THEN 'insert' WHEN new.$key IS NULL THEN 'delete' ELSE 'update' END AS op,
    [coalesce(old.$key, new.$key)] AS key,
    CASE WHEN old.$key IS NOT NULL THEN old END AS before,
    CASE WHEN new.$key IS NOT NULL THEN new END AS after
  FROM records AS old FULL JOIN $dump AS new USING ($key)
  WHERE old.$key IS NULL OR new.$key IS NULL OR $differs
) TO '$changes' (FORMAT json);
