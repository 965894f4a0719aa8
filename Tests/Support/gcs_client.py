"""Google's own client against a stub: gcs_client.py ADDRESS read|write PREFIX. The objects' bytes follow from their names."""
import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

address, task, prefix = sys.argv[1:]
client = storage.Client(
    project="p", credentials=AnonymousCredentials(), client_options={"api_endpoint": address})
bucket = client.bucket("bucket")


def content(number, size):
    return bytes((number + at * at) % 251 for at in range(size))


objects = [(f"{prefix}/dir/ü +{number}", content(number, size)) for number, size in enumerate([0, 1, 1000, 700_000])]
if task == "write":
    for name, data in objects:
        blob = bucket.blob(name, chunk_size=256 << 10 if len(data) > 100_000 else None)
        blob.upload_from_string(data, if_generation_match=0, checksum="crc32c")
        assert blob.size == len(data)
else:
    assert [blob.name for blob in client.list_blobs(bucket, prefix=prefix + "/", page_size=2)] == [n for n, _ in objects]
    for name, data in objects:
        blob = bucket.get_blob(name)
        assert blob.download_as_bytes(checksum="crc32c", if_generation_match=blob.generation) == data
        if len(data) > 10:
            assert blob.download_as_bytes(start=3, end=9) == data[3:10]
print("well")
