"""A key that signs transactions without gas, and plain calls to a devnet."""

import json
import urllib.request
from typing import Any

from eth_account import Account

# PUSH1 1, NUMBER, SSTORE: a constructor that writes one slot, and leaves no code.
WRITE_ONE_SLOT = bytes.fromhex("60014355")


class Wallet:
    """Signs transactions in nonce order."""

    def __init__(self, seed: int = 1, chain_id: int = 1337) -> None:
        self._account = Account.from_key(seed.to_bytes(32, "big"))
        self._chain_id = chain_id
        self.address: str = self._account.address
        self.nonce = 0

    def sign(self, *, nonce: int | None = None, data: bytes = WRITE_ONE_SLOT) -> str:
        """The next raw transaction (a contract creation), or the one with that nonce."""
        if nonce is None:
            nonce, self.nonce = self.nonce, self.nonce + 1
        signed = self._account.sign_transaction(
            {
                "nonce": nonce,
                "gas": 200_000,
                "gasPrice": 0,
                "value": 0,
                "data": data,
                "chainId": self._chain_id,
            }
        )
        return signed.raw_transaction.to_0x_hex()


class Refused(Exception):
    """The devnet answered with an error."""


def post(url: str, payload: Any) -> Any:
    """One POST of JSON."""
    request = urllib.request.Request(
        url, json.dumps(payload).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def call(url: str, method: str, *params: Any) -> Any:
    """One call's result."""
    answer = post(url, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    if "error" in answer:
        raise Refused(answer["error"]["message"])
    return answer["result"]


def hashes(url: str) -> list[str]:
    """Every block's hash, from the first on."""
    height = int(call(url, "eth_blockNumber"), 16)
    return [
        call(url, "eth_getBlockByNumber", hex(number), False)["hash"]
        for number in range(height + 1)
    ]
