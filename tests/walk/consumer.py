"""A consumer of events as a program of its own, which may be killed at any moment.

What it does about an event, its id and its cursor are one transaction of its own database: so an
event that comes twice is dealt with once. It uses nothing of ours.

    consumer.py stream URL TOKEN DATABASE
    consumer.py hook PORT SECRET DATABASE
"""

import base64
import hashlib
import hmac
import json
import sqlite3
import sys
import time
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

WORK_S = 0.005
"""What dealing with an event takes: time in which to be killed."""


def open_database(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, cursor TEXT, body TEXT)"
    )
    database.execute("CREATE TABLE IF NOT EXISTS twice (id TEXT)")
    return database


def deal_with(database: sqlite3.Connection, event: dict[str, Any]) -> None:
    database.execute("BEGIN IMMEDIATE")
    known = database.execute("SELECT 1 FROM event WHERE id = ?", (event["id"],)).fetchone()
    if known:
        database.execute("INSERT INTO twice VALUES (?)", (event["id"],))
    else:
        time.sleep(WORK_S)
        row = (event["id"], event["cursor"], json.dumps(event))
        database.execute("INSERT INTO event VALUES (?, ?, ?)", row)
    database.execute("COMMIT")


def follow(url: str, token: str, database: sqlite3.Connection) -> None:
    """The stream, from the last event that was dealt with, again and again."""
    place = urlsplit(url)
    while True:
        row = database.execute("SELECT cursor FROM event ORDER BY rowid DESC LIMIT 1").fetchone()
        last = row[0] if row else "0.0"
        connection = HTTPConnection(place.hostname or "", place.port, timeout=30)
        try:
            headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": last}
            connection.request("GET", "/v1/events/stream", headers=headers)
            for line in connection.getresponse():
                if line.startswith(b"data: "):
                    deal_with(database, json.loads(line.removeprefix(b"data: ")))
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.05)


def serve(port: int, secret: str, database: sqlite3.Connection) -> None:
    """The webhook: says that it has an event once that is kept."""
    key = base64.b64decode(secret.removeprefix("whsec_"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}."
            mac = hmac.new(key, signed.encode() + body, hashlib.sha256).digest()
            good = f"v1,{base64.b64encode(mac).decode()}" == self.headers["webhook-signature"]
            if good:
                deal_with(database, json.loads(body))
            self.send_response(204 if good else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    how, where, secret, path = sys.argv[1:]
    if how == "stream":
        follow(where, secret, open_database(path))
    else:
        serve(int(where), secret, open_database(path))
