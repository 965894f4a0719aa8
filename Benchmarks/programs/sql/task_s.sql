BEGIN;
CREATE TEMP TABLE changes AS
SELECT
  CASE WHEN old.$key IS NULL THEN 'insert' WHEN new.$key IS NULL THEN 'delete' ELSE 'update' END AS op,
  [coalesce(old.$key, new.$key)] AS key,
  CASE WHEN old.$key IS NOT NULL THEN old END AS before,
  CASE WHEN new.$key IS NOT NULL THEN new END AS after
FROM (SELECT $columns FROM history WHERE valid_to IS NULL) AS old FULL JOIN $dump AS new USING ($key)
WHERE old.$key IS NULL OR new.$key IS NULL OR $differs;

COPY changes TO '$changes' (FORMAT json);

UPDATE history SET valid_to = TIMESTAMP '$moment'
WHERE valid_to IS NULL AND $key IN (SELECT key[1] FROM changes WHERE op <> 'insert');

INSERT INTO history
SELECT unnest(after), TIMESTAMP '$moment', NULL FROM changes WHERE op <> 'delete';
COMMIT;
CHECKPOINT;

COPY (SELECT $columns FROM history WHERE valid_to IS NULL) TO '$current' (FORMAT json);
