CREATE TABLE records AS FROM $dump;
