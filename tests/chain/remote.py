"""A signer behind JSON-RPC that answers as a test wants, over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from entrepot.chain.remote_signer import RemoteSigners
from entrepot.chain.rpc import Rpc
from entrepot.chain.signer import LocalSigner, PrivateKey, Transaction

KEY = LocalSigner(PrivateKey(b"\x07" * 32))
Answer = Callable[[str], Any]


@contextmanager
def answering(answer: Answer, key: LocalSigner = KEY) -> Iterator[RemoteSigners]:
    """A signer over HTTP that holds the key's address, and answers as it likes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            accounts = ["0x" + key.address.hex()]
            method = body["method"]
            told = {"result": accounts} if method == "eth_accounts" else answer(method)
            content = json.dumps({"jsonrpc": "2.0", "id": body["id"], **told}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rpc = Rpc(f"http://127.0.0.1:{server.server_port}", timeout_s=1)
    try:
        yield RemoteSigners(rpc)
    finally:
        rpc.close()
        server.shutdown()
        server.server_close()


def raw(transaction: Transaction, key: LocalSigner = KEY) -> Answer:
    return lambda _: {"result": "0x" + key.sign_transaction(transaction).raw.hex()}
