"""How a devnet gets its members: the governor admits them, and each adds its people's keys."""

from collections.abc import Iterator

from entrepot.devnet import cast
from entrepot.devnet.cast import Member
from entrepot.devnet.scenario import Step

KYC_EXPIRES_AT = "2030-12-31T00:00:00Z"


def steps(members: list[Member]) -> Iterator[Step]:
    """The founding as steps through the API, like everything else."""
    for member in members:
        yield Step(
            say=f"The consortium admits {member.name}",
            say_zh=f"联盟接纳{member.name_zh}",
            actor=cast.GOVERNOR,
            post="/v1/participants",
            body={
                "lei": member.lei,
                "name": member.name,
                "name_zh": member.name_zh,
                "roles": list(member.roles),
                "jurisdiction": member.jurisdiction,
                "kyc_expires_at": KYC_EXPIRES_AT,
                "account": _hex(f"{member.alias}.{cast.TREASURY}"),
                "admin_key": _hex(f"{member.alias}.{cast.ADMIN}"),
            },
        )
        for part, permissions in cast.PERMISSIONS.items():
            yield Step(
                say=f"{member.name} adds the key of its {part}",
                say_zh=f"{member.name_zh}添加 {part} 的密钥",
                actor=f"{member.alias}.{cast.ADMIN}",
                post=f"/v1/participants/{member.lei}/keys",
                body={
                    "address": _hex(f"{member.alias}.{part}"),
                    "permissions": list(permissions),
                },
            )


def _hex(person: str) -> str:
    return "0x" + cast.address_of(person).hex()
