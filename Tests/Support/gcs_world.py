"""What the stub of Google Cloud Storage keeps in memory: objects, their generations, what is to go wrong."""
import base64
import datetime
import itertools
import re
import threading
import time

CHUNK = 256 << 10
TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


def slow_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


try:
    import google_crc32c

    def crc32c(data):
        return google_crc32c.value(bytes(data))
except ImportError:
    crc32c = slow_crc32c


def checksum(data):
    return base64.b64encode(crc32c(data).to_bytes(4, "big")).decode()


class Problem(Exception):
    def __init__(self, status, reason, message, **headers):
        super().__init__(message)
        self.status, self.reason, self.message, self.headers = status, reason, message, headers


class Faults:
    """What goes wrong, each for so many requests that match.

    {"method": "POST", "path": "regular expression", "times": 1, "skip": 0, "do": …}, where "do" is
      a status ("503", "429", "403", …), not carried out, with "retry_after" and "reason" if given
      "lost"           carried out, and the connection closed without an answer
      "late-503"       carried out, and answered 503 all the same
      "refuse"         closed at once, not carried out
      "cut"            half of the answer's body is sent
      "flip"           one bit of the answer's body is wrong
      "keep-half"      of a part of a resumable upload only half is kept (308)
      "break-part"     half of a part is kept, and the connection closed without an answer
      "twice"          carried out twice; the second answer is sent
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.list = []

    def find(self, method, path):
        with self.lock:
            for fault in self.list:
                if fault.get("method", method) == method and re.search(fault.get("path", ""), path):
                    if fault.get("skip", 0) > 0:
                        fault["skip"] -= 1
                        continue
                    fault["times"] = fault.get("times", 1) - 1
                    if fault["times"] <= 0:
                        self.list.remove(fault)
                    return fault
        return None


class Stored:
    def __init__(self, generation, data, metadata):
        self.generation, self.metageneration = generation, 1
        self.data, self.metadata = data, metadata
        self.created = datetime.datetime.now(datetime.timezone.utc)
        self.sum = checksum(data)

    def resource(self, bucket, name):
        stamp = self.created.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return {
            "kind": "storage#object", "bucket": bucket, "name": name, "id": f"{bucket}/{name}/{self.generation}",
            "generation": str(self.generation), "metageneration": str(self.metageneration),
            "contentType": self.metadata.get("contentType", "application/octet-stream"),
            "size": str(len(self.data)), "timeCreated": stamp, "updated": stamp, "crc32c": self.sum,
            "storageClass": "STANDARD", "etag": base64.b64encode(str(self.generation).encode()).decode(),
            "metadata": self.metadata.get("metadata", {}),
            **({"contentEncoding": self.metadata["contentEncoding"]} if "contentEncoding" in self.metadata else {}),
        }


class World:
    def __init__(self, buckets):
        self.names = buckets
        # Writes, and only they, wait for each other: this is what makes conditions atomic.
        self.lock = threading.RLock()
        self.reset()

    def reset(self):
        with self.lock:
            self.buckets = {name: {} for name in self.names}
            self.sessions, self.pages, self.rewrites, self.written = {}, {}, {}, {}
            self.counter = itertools.count(int(time.time() * 1e6))
            self.settings = {"seconds_per_write": 0, "token": None, "rewrite_bytes": 0}
            self.log = []

    def bucket(self, name):
        if name not in self.buckets:
            raise Problem(404, "notFound", "The specified bucket does not exist.")
        return self.buckets[name]

    def check(self, query, stored, prefix="if"):
        live = stored.generation if stored else 0
        for name, holds in [
            ("GenerationMatch", lambda wanted: live == wanted),
            ("GenerationNotMatch", lambda wanted: live != wanted),
            ("MetagenerationMatch", lambda wanted: stored and stored.metageneration == wanted),
        ]:
            if prefix + name in query:
                text = query[prefix + name]
                if not re.fullmatch(r"\d+", text):
                    raise Problem(400, "invalid", f"Invalid value for {prefix}{name}")
                if not holds(int(text)):
                    raise Problem(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")

    def write(self, bucket, name, data, query, metadata, sums=()):
        with self.lock:
            objects = self.bucket(bucket)
            if not name or len(name.encode()) > 1024 or "\n" in name or "\r" in name:
                raise Problem(400, "invalid", "Invalid object name")
            self.check(query, objects.get(name))
            mine = checksum(data)
            for given in [*sums, metadata.get("crc32c")]:
                if given and given != mine:
                    raise Problem(400, "invalid", f"Provided CRC32C \"{given}\" doesn't match calculated CRC32C \"{mine}\".")
            wait = self.settings["seconds_per_write"]
            if wait and name in objects and time.monotonic() - self.written.get((bucket, name), -9e9) < wait:
                raise Problem(429, "rateLimitExceeded", "The object exceeded the rate limit for object mutation operations.")
            self.written[bucket, name] = time.monotonic()
            stored = objects[name] = Stored(next(self.counter), bytes(data), metadata)
            return stored.resource(bucket, name)
