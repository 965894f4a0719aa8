"""S3 and STS of moto on a port of its own: prints the port, and ends when standard input does.

moto looks at a condition and then writes, and lets another writer come in between; with its writes one after the
other it does what S3 does. With --as-shipped it stays as it is.
"""
import logging
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.responses import S3Response
from werkzeug.serving import make_server

LOCK = threading.RLock()


def one_at_a_time(name):
    original = getattr(S3Response, name)

    def serialised(self, *arguments, **named):
        with LOCK:
            return original(self, *arguments, **named)

    serialised.__name__ = name
    setattr(S3Response, name, serialised)


# The last of them completes uploads.
if "--as-shipped" not in sys.argv:
    for method in ("put_object", "delete_object", "copy_object", "_key_response_post"):
        one_at_a_time(method)

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
