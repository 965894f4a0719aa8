#!/bin/sh
# Puts DuckDB into the project's own virtual environment, .venv at the package root.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -e .venv/ready ] || ! .venv/bin/python -c 'import duckdb' 2>/dev/null; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check 'duckdb==2.0.0'
  touch .venv/ready
fi
