"""Another client of S3 (boto3), told what to do by one JSON document on standard input.

{"endpoint": …, "bucket": …, "accessKey": …, "secretKey": …, "do": [["make"], ["put", KEY, TEXT], ["get", KEY], ["list", PREFIX], ["uploads", PREFIX]]}
Prints one JSON array with an answer to each.
"""
import json
import sys

import boto3
from botocore.config import Config

asked = json.load(sys.stdin)
client = boto3.client(
    "s3", endpoint_url=asked["endpoint"], region_name="us-east-1", aws_access_key_id=asked["accessKey"],
    aws_secret_access_key=asked["secretKey"], config=Config(s3={"addressing_style": "path"}))
bucket = asked["bucket"]


def every(operation, listed, name, prefix):
    pages = client.get_paginator(operation).paginate(Bucket=bucket, Prefix=prefix)
    return [entry[name] for page in pages for entry in page.get(listed, [])]


def answer(what, *arguments):
    if what == "make":
        client.create_bucket(Bucket=bucket)
    elif what == "put":
        client.put_object(Bucket=bucket, Key=arguments[0], Body=arguments[1].encode())
    elif what == "get":
        return client.get_object(Bucket=bucket, Key=arguments[0])["Body"].read().decode()
    elif what == "list":
        return every("list_objects_v2", "Contents", "Key", *arguments)
    elif what == "uploads":
        return every("list_multipart_uploads", "Uploads", "Key", *arguments)
    return ""


answers = [answer(*line) for line in asked["do"]]
print(json.dumps([a if isinstance(a, list) else [a] for a in answers]))
