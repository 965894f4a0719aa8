CREATE TABLE history AS
SELECT *, TIMESTAMP '$moment' AS valid_from, NULL::TIMESTAMP AS valid_to FROM $dump;
