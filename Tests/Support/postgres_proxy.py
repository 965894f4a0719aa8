"""Stands before a PostgreSQL server. Prints its port, and ends when standard input does.

usage: postgres_proxy.py PORT LOG
Passes on what comes to the server at PORT of 127.0.0.1, but requests to cancel a query: those it takes and never answers.
LOG gets a line for each connection: "cancel", or "session" for any other.
"""
import os
import socket
import struct
import sys
import threading

PORT, LOG = int(sys.argv[1]), sys.argv[2]
# The first message of a connection that wants a query cancelled: its length, and this instead of a version.
CANCEL = struct.pack(">ii", 16, 80877102)
# Kept, so that nothing closes them.
HELD = []


def pass_on(source, target):
    try:
        while piece := source.recv(1 << 16):
            target.sendall(piece)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    first = b""
    while len(first) < 8:
        piece = client.recv(8 - len(first))
        if not piece:
            return
        first += piece
    with open(LOG, "a", encoding="utf-8") as log:
        log.write("cancel\n" if first == CANCEL else "session\n")
    if first == CANCEL:
        HELD.append(client)
        return
    server = socket.create_connection(("127.0.0.1", PORT))
    server.sendall(first)
    threading.Thread(target=pass_on, args=(server, client), daemon=True).start()
    pass_on(client, server)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)


def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


threading.Thread(target=accept, daemon=True).start()
# Ends with whoever started it, however that ends.
sys.stdin.read()
os._exit(0)
