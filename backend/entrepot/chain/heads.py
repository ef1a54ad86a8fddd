"""New heads as they come: a subscription that wakes, and is never believed.

It may lose blocks over a reconnection, and knows nothing of a chain that only became shorter; so
whoever waits here asks the node for itself in the end, and looks by itself from time to time.
"""

import threading
from contextlib import suppress
from typing import Any

import msgspec
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from entrepot.kit.logs import Log

SUBSCRIBE = msgspec.json.encode(
    {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}
).decode()
RETRY_S = 1.0
OPEN_TIMEOUT_S = 5.0

log = Log(__name__)


class Heads:
    """Sets `event` whenever the node tells of a new head, for as long as it is open.

    Without a connection it tries again every RETRY_S; until then nothing is set.
    """

    def __init__(self, url: str, event: threading.Event) -> None:
        self._url, self._event = url, event
        self._closing = threading.Event()
        self._line: ClientConnection | None = None
        self._thread = threading.Thread(target=self._listen, name="heads", daemon=True)

    def __enter__(self) -> "Heads":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        if (line := self._line) is not None:
            with suppress(WebSocketException, OSError):
                line.close_socket()
        self._thread.join(OPEN_TIMEOUT_S)

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                with connect(
                    self._url, open_timeout=OPEN_TIMEOUT_S, compression=None, proxy=None
                ) as line:
                    self._line = line
                    line.send(SUBSCRIBE)
                    for message in line:
                        if _is_news(message):
                            self._event.set()
            except (WebSocketException, OSError) as error:
                log.warning("heads_unavailable", reason=type(error).__name__)
            finally:
                self._line = None
            self._closing.wait(RETRY_S)


def _is_news(message: Any) -> bool:
    """Anything but the answer to the subscription itself."""
    return "eth_subscription" in (message if isinstance(message, str) else message.decode())
