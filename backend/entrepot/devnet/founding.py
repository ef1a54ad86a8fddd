"""How a devnet gets its members: the governor admits them, and each adds its people's keys."""

from collections.abc import Callable, Iterator

from entrepot.devnet import cast
from entrepot.devnet.cast import Member
from entrepot.devnet.player import Played, Player, Stage
from entrepot.devnet.scenario import ScenarioError, Step

KYC_EXPIRES_AT = "2030-12-31T00:00:00Z"


def found(stage: Stage, members: list[Member], tell: Callable[[Played], None]) -> None:
    """Plays the founding unless it has been played; safe to break off and to begin again."""
    player = Player(stage, _no_file, "founding")
    try:
        if not _is_founded(player, members[-1]):
            player.play(steps(members), tell)
    finally:
        player.close()


def _is_founded(player: Player, last: Member) -> bool:
    """Whether the last of them has all of its keys."""
    answer = player.read(last.alias, f"/v1/participants/{last.lei}")
    return len(answer.get("keys") or ()) > len(cast.PERMISSIONS)


def _no_file(name: str) -> bytes:
    raise ScenarioError(f"the founding sends no file, and is asked for {name}")


def steps(members: list[Member]) -> Iterator[Step]:
    """The founding as steps through the API, like everything else."""
    for member in members:
        yield Step(
            say=f"The consortium admits {member.name}",
            say_zh=f"联盟接纳{member.name_zh}",
            actor=cast.GOVERNOR,
            key=f"found-{member.lei}",
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
                key=f"found-{member.lei}-{part}",
                post=f"/v1/participants/{member.lei}/keys",
                body={
                    "address": _hex(f"{member.alias}.{part}"),
                    "permissions": list(permissions),
                },
            )


def _hex(person: str) -> str:
    return "0x" + cast.address_of(person).hex()
