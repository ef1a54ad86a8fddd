"""A herald: a contract that emits the logs it is handed, for chains that are made to be measured.

A call's data is one record after another: how many topics (3 or 4, one byte), how many bytes of
data (three bytes), the topics, the data.
"""

from collections.abc import Iterable

_OPCODES = {
    "STOP": 0x00, "ADD": 0x01, "GT": 0x11, "EQ": 0x14, "AND": 0x16, "SHR": 0x1C,
    "CALLDATALOAD": 0x35, "CALLDATASIZE": 0x36, "CALLDATACOPY": 0x37, "CODECOPY": 0x39,
    "JUMP": 0x56, "JUMPI": 0x57, "JUMPDEST": 0x5B, "PUSH0": 0x5F, "SWAP1": 0x90,
    "DUP1": 0x80, "DUP2": 0x81, "DUP3": 0x82, "DUP4": 0x83, "DUP5": 0x84,
    "LOG3": 0xA3, "LOG4": 0xA4, "RETURN": 0xF3,
}  # fmt: skip

_PROGRAM = """
PUSH0
:next
  DUP1 CALLDATASIZE GT @record JUMPI
  STOP
:record                                                 at
  DUP1 CALLDATALOAD 0xe0 SHR                            at head
  DUP1 0xffffff AND SWAP1 0x18 SHR                      at size topics
  0x04 EQ @four JUMPI                                   at size
  DUP1 DUP3 0x64 ADD PUSH0 CALLDATACOPY
  DUP2 0x44 ADD CALLDATALOAD
  DUP3 0x24 ADD CALLDATALOAD
  DUP4 0x04 ADD CALLDATALOAD
  DUP4 PUSH0 LOG3
  ADD 0x64 ADD @next JUMP
:four
  DUP1 DUP3 0x84 ADD PUSH0 CALLDATACOPY
  DUP2 0x64 ADD CALLDATALOAD
  DUP3 0x44 ADD CALLDATALOAD
  DUP4 0x24 ADD CALLDATALOAD
  DUP5 0x04 ADD CALLDATALOAD
  DUP5 PUSH0 LOG4
  ADD 0x84 ADD @next JUMP
"""
"""One record a turn; what stands on the right is the stack, its top last."""


def creation() -> bytes:
    """The data of the transaction that brings a herald onto the chain."""
    code = _assemble(_PROGRAM)
    start = bytes([0x60, len(code), 0x60, 0x0A, 0x5F, 0x39, 0x60, len(code), 0x5F, 0xF3])
    return start + code


def message(logs: Iterable[tuple[tuple[bytes, ...], bytes]]) -> bytes:
    """The call's data for these logs: topics and data of each."""
    return b"".join(
        bytes([len(topics)]) + len(data).to_bytes(3, "big") + b"".join(topics) + data
        for topics, data in logs
    )


def _assemble(program: str) -> bytes:
    """Labels are `:name`, their addresses `@name`; a line's words in lower case are remarks."""
    code = bytearray()
    labels: dict[str, int] = {}
    holes: dict[int, str] = {}
    for word in program.split():
        if word.startswith(":"):
            labels[word[1:]] = len(code)
            code.append(_OPCODES["JUMPDEST"])
        elif word.startswith("@"):
            code += bytes([0x60, 0])
            holes[len(code) - 1] = word[1:]
        elif word.startswith("0x"):
            value = bytes.fromhex(word[2:])
            code += bytes([0x5F + len(value)]) + value
        elif word in _OPCODES:
            code.append(_OPCODES[word])
    for place, label in holes.items():
        code[place] = labels[label]
    return bytes(code)
