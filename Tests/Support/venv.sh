#!/bin/sh
# Puts what the tests compare with into the project's own virtual environment, .venv at the package root:
# DuckDB, which reads what is published; Google's client of Cloud Storage.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -e .venv/ready ] || ! .venv/bin/python -c 'import duckdb, google.cloud.storage' 2>/dev/null; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check 'duckdb==2.0.0' 'google-cloud-storage==3.17.1'
  touch .venv/ready
fi
