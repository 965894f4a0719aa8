COPY (
  SELECT $columns FROM history
  WHERE valid_from <= TIMESTAMP '$moment' AND (valid_to IS NULL OR valid_to > TIMESTAMP '$moment')
) TO '$records' (FORMAT json);
