"""Every setting, typed, in one class. Read from the environment as ENTREPOT_NAME."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretBytes, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Finality = Annotated[str, StringConstraints(pattern=r"^(instant|tag|depth:[1-9][0-9]{0,4})$")]


DEVNET_SECRET = b"everybody knows the secret of a devnet"


class Settings(BaseSettings):
    """What a deployment decides. Defaults suit a devnet on one machine, never production."""

    model_config = SettingsConfigDict(env_prefix="ENTREPOT_", extra="forbid", frozen=True)

    state_folder: Path = Field(
        default=Path(".entrepot"), description="Where one node keeps all that it keeps on disk."
    )
    database_url: str | None = Field(
        default=None, description="PostgreSQL; without it an embedded server is started."
    )
    rpc_url: str = Field(
        default="http://127.0.0.1:8545",
        min_length=1,
        description="JSON-RPC of our node, or of several nodes of one network, in the order of "
        "preference, with commas between them.",
    )
    wake_url: str | None = Field(
        default=None, description="WebSocket of our node; its new heads wake the worker at once."
    )
    finality: Finality = Field(
        default="instant",
        description="instant (QBFT), tag (the node's finalized), or depth:N blocks.",
    )
    deployment_file: Path | None = Field(
        default=None, description="Addresses of the contracts; default STATE_FOLDER/deployment.json"
    )
    keystore_folder: Path | None = Field(
        default=None, description="Encrypted keys we sign with; default STATE_FOLDER/keystore"
    )
    keystore_password: SecretBytes = SecretBytes(DEVNET_SECRET)
    keystore_password_file: Path | None = Field(
        default=None, description="A file with that password, in place of it."
    )
    signer: Literal["keystore", "remote", "kms"] = Field(
        default="keystore",
        description="Where our keys lie: encrypted files here, a signer behind JSON-RPC, or a key "
        "management service.",
    )
    signer_url: str | None = Field(
        default=None,
        pattern=r"^https?://[!-~]+$",
        description="Of the remote signer; or of a service in place of AWS's own.",
    )
    kms_keys: str = Field(
        default="", description="Ids or aliases of the keys in the service, with commas."
    )
    consortium_key: SecretBytes = Field(
        default=SecretBytes(DEVNET_SECRET),
        description="HMAC key of natural keys and asset keys, shared by the members' backends.",
    )
    vault_key: SecretBytes = Field(
        default=SecretBytes(DEVNET_SECRET),
        description="Key material of the documents at rest; only this node's.",
    )
    vault_key_former: SecretBytes | None = Field(
        default=None,
        description="The vault key before this one, until `entrepot vault rotate` is done.",
    )
    vault_url: str | None = Field(
        default=None,
        pattern=r"^s3://[a-z0-9.-]+(/[A-Za-z0-9._/-]*)?$",
        description="Bucket of the documents at rest, s3://BUCKET/PREFIX; default a folder.",
    )
    document_keep_days: int = Field(
        default=3650, gt=0, description="How long a document is kept at least."
    )
    consent_authorisations: int = Field(
        default=1,
        ge=1,
        le=5,
        description="How many keys of an owner must authorise a consent before it is valid.",
    )
    quote_minutes: int = Field(
        default=15, ge=1, le=1440, description="How long a quote may be accepted, by chain time."
    )
    supervision_reason: bool = Field(
        default=False,
        description="Whether a regulator must say why it reads what is a member's (Access-Reason).",
    )
    keeper_address: str = Field(
        default="0x" + "00" * 20,
        pattern=r"^0x[0-9a-f]{40}$",
        description="Who asks for releases: an address in the keystore, without any permission.",
    )
    fee_policy: Literal["free", "legacy", "dynamic"] = Field(
        default="free", description="Gas for nothing, at the node's price, or by EIP-1559."
    )
    fee_cap_wei: int = Field(
        default=200 * 10**9, gt=0, description="The most we offer for a unit of gas, ever."
    )
    lane_depth_max: int = Field(
        default=1_000,
        gt=0,
        description="Calls of one key on their way at a time; not more than the node's pool keeps.",
    )
    environment: Literal["devnet", "production"] = "devnet"
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$",
        description="Where clients reach the API: issuer and audience of its tokens.",
    )
    token_key: SecretBytes = Field(
        default=SecretBytes(DEVNET_SECRET),
        description="What the keys that sign access tokens are derived from.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses of proxies whose Client-Cert header is believed, with commas.",
    )
    plain_tokens: bool = Field(
        default=False, description="Whether plain bearer tokens are taken; for a devnet only."
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://[!-~]+[^/]$",
        description="OpenID provider that people of the console may come in by.",
    )
    oidc_client_id: str | None = Field(default=None, description="What we are to it.")
    oidc_client_secret: SecretBytes | None = Field(
        default=None, description="How we prove it to the provider."
    )
    step_up_s: int = Field(
        default=300, gt=0, description="How fresh a login must be for what moves money, in seconds."
    )
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=0, ge=0, le=65535, description="0 takes a free port.")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65535, description="0 tells no figures.")
    traces_url: str | None = Field(
        default=None,
        pattern=r"^https?://[!-~]+$",
        description="OTLP receiver that traces are sent to; without it there are none.",
    )
    poll_interval_s: float = Field(default=0.02, gt=0, le=60)
    document_bytes_max: int = Field(default=8 * 1024 * 1024, gt=0)
    request_seconds_max: float = Field(
        default=60,
        gt=0,
        description="How long a request's headers, and then its body, may take to come in.",
    )
    reads_per_minute: int = Field(default=6_000, gt=0, description="Of one participant.")
    commands_per_minute: int = Field(default=1_200, gt=0, description="Of one participant.")
    verifications_per_minute: int = Field(
        default=60,
        gt=0,
        description="On the console's public page: of one participant, or of strangers who come"
        " from one place.",
    )

    webhook_local: bool = Field(
        default=False,
        description="Devnets only: webhooks may go to http and to any address, also this machine.",
    )

    @model_validator(mode="after")
    def _only_a_devnet_sends_to_itself(self) -> Self:
        if self.environment == "production" and self.webhook_local:
            raise ValueError("ENTREPOT_WEBHOOK_LOCAL is for devnets only")
        return self

    @model_validator(mode="after")
    def _signer_can_be_found(self) -> Self:
        if self.signer == "remote" and self.signer_url is None:
            raise ValueError("ENTREPOT_SIGNER=remote needs ENTREPOT_SIGNER_URL")
        if self.signer == "kms" and not self.kms_key_ids:
            raise ValueError("ENTREPOT_SIGNER=kms needs ENTREPOT_KMS_KEYS")
        return self

    @model_validator(mode="after")
    def _production_has_its_own_secrets(self) -> Self:
        secrets = [self.consortium_key, self.vault_key, self.token_key]
        if self.signer == "keystore" and self.keystore_password_file is None:
            secrets.append(self.keystore_password)
        if self.environment == "production" and any(
            secret.get_secret_value() == DEVNET_SECRET for secret in secrets
        ):
            raise ValueError(
                "production needs its own ENTREPOT_CONSORTIUM_KEY, ENTREPOT_VAULT_KEY, "
                "ENTREPOT_TOKEN_KEY and ENTREPOT_KEYSTORE_PASSWORD"
            )
        return self

    @model_validator(mode="after")
    def _production_lets_nobody_in_by_a_plain_token(self) -> Self:
        if self.environment == "production":
            if self.plain_tokens:
                raise ValueError("ENTREPOT_PLAIN_TOKENS is for a devnet only")
            if self.oidc_issuer and not self.oidc_issuer.startswith("https://"):
                raise ValueError("ENTREPOT_OIDC_ISSUER must be an https address")
            if not (self.public_url or "").startswith("https://"):
                raise ValueError("production needs its https address in ENTREPOT_PUBLIC_URL")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_addresses(cls, text: str) -> str:
        for each in text.split(","):
            if each.strip():
                ip_network(each.strip())
        return text

    @property
    def proxies(self) -> list[IPv4Network | IPv6Network]:
        return [
            ip_network(each.strip()) for each in self.trusted_proxies.split(",") if each.strip()
        ]

    @property
    def kms_key_ids(self) -> list[str]:
        return [key.strip() for key in self.kms_keys.split(",") if key.strip()]

    @property
    def rpc_urls(self) -> list[str]:
        return [url.strip() for url in self.rpc_url.split(",") if url.strip()]

    @property
    def deployment_path(self) -> Path:
        return self.deployment_file or self.state_folder / "deployment.json"

    @property
    def keystore_path(self) -> Path:
        return self.keystore_folder or self.state_folder / "keystore"

    @property
    def vault_path(self) -> Path:
        return self.state_folder / "vault"
