"""Where the contracts live: what `deploying.deploy` returns and everybody else loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from entrepot.bindings.ids import ParticipantId
from entrepot.chain.errors import DeploymentDiffers
from entrepot.kit.abi import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTerms:
    """One bank's deposits in one currency. decimals: minor units of ISO 4217."""

    issuer: ParticipantId
    currency: str
    decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(TokenTerms):
    """The same, deployed."""

    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """first_block: no log of ours is older. libraries: code that the contracts run as their own.

    governor: changes members and rules, each time after delay_s seconds; guardian: may cancel that,
    and stop a member or a token at once.
    """

    chain_id: int
    genesis_hash: bytes
    first_block: int
    contracts: Mapping[str, Address]
    libraries: Mapping[str, Address]
    governor: Address
    guardian: Address
    delay_s: int
    tokens: tuple[Token, ...] = ()

    def __getitem__(self, contract: str) -> Address:
        """The address of a contract by its name: `deployment["Financing"]`."""
        return self.contracts[contract]

    def token(self, issuer: ParticipantId, currency: str) -> Address | None:
        """The address of that bank's token in that currency."""
        wanted = (issuer, currency)
        return next((t.address for t in self.tokens if (t.issuer, t.currency) == wanted), None)

    def addresses(self) -> tuple[Address, ...]:
        """Every address whose logs are ours."""
        return (*self.contracts.values(), *(token.address for token in self.tokens))

    def name_of(self, address: Address) -> str | None:
        """The contract that lives there."""
        if any(token.address == address for token in self.tokens):
            return "SettlementToken"
        return next((name for name, at in self.contracts.items() if at == address), None)

    def save(self, path: Path) -> None:
        """As JSON, all of it or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(_spelled(self)), indent=2))
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """DeploymentDiffers when the file is not one of ours; FileNotFoundError without one."""
        try:
            raw = msgspec.json.decode(path.read_bytes(), type=_File)
            return _read(raw)
        except (msgspec.DecodeError, ValueError) as error:
            raise DeploymentDiffers(f"{path.name} is no deployment: {error}") from error


class _FileToken(msgspec.Struct):
    issuer: str
    currency: str
    decimals: int
    address: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    chain_id: int
    genesis_hash: str
    first_block: int
    contracts: dict[str, str]
    libraries: dict[str, str]
    governor: str
    guardian: str
    delay_s: int
    tokens: list[_FileToken]


def _spelled(deployment: Deployment) -> _File:
    return _File(
        chain_id=deployment.chain_id,
        genesis_hash="0x" + deployment.genesis_hash.hex(),
        first_block=deployment.first_block,
        contracts={name: "0x" + at.hex() for name, at in deployment.contracts.items()},
        libraries={name: "0x" + at.hex() for name, at in deployment.libraries.items()},
        governor="0x" + deployment.governor.hex(),
        guardian="0x" + deployment.guardian.hex(),
        delay_s=deployment.delay_s,
        tokens=[
            _FileToken(t.issuer.decode("ascii"), t.currency, t.decimals, "0x" + t.address.hex())
            for t in deployment.tokens
        ],
    )


def _read(raw: _File) -> Deployment:
    return Deployment(
        chain_id=raw.chain_id,
        genesis_hash=_octets(raw.genesis_hash, 32),
        first_block=raw.first_block,
        contracts={name: Address(_octets(at, 20)) for name, at in raw.contracts.items()},
        libraries={name: Address(_octets(at, 20)) for name, at in raw.libraries.items()},
        governor=Address(_octets(raw.governor, 20)),
        guardian=Address(_octets(raw.guardian, 20)),
        delay_s=raw.delay_s,
        tokens=tuple(
            Token(
                issuer=ParticipantId(token.issuer.encode("ascii")),
                currency=token.currency,
                decimals=token.decimals,
                address=Address(_octets(token.address, 20)),
            )
            for token in raw.tokens
        ),
    )


def _octets(text: str, size: int) -> bytes:
    data = bytes.fromhex(text.removeprefix("0x"))
    if len(data) != size:
        raise ValueError(f"{text} has {len(data)} bytes, not {size}")
    return data
