#!/bin/sh
# Puts what the tests compare with into the project's own virtual environment, .venv at the package root:
# DuckDB, which reads what is published; moto, an S3 of its own; other clients of S3 and of Cloud Storage; pyspnego, which
# verifies NTLM.
set -eu
cd "$(dirname "$0")/../.."
if [ ! -e .venv/ready ] || ! .venv/bin/python -c 'import duckdb, moto.server, boto3, google.cloud.storage, spnego' 2>/dev/null; then
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check \
    'duckdb==2.0.0' 'moto[s3,sts,server]==5.2.5' 'boto3>=1.40' 'google-cloud-storage==3.17.1' 'pyspnego==0.12.4'
fi
touch .venv/ready
