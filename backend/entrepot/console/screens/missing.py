"""What a screen answers for what is not there, or not for this officer to see: the same."""

from fastapi import HTTPException

from entrepot.views.values import unhexed


def not_here() -> HTTPException:
    return HTTPException(404, "there is no such thing, or the officer is no party to it")


def octets(text: str) -> bytes:
    """An id out of an address. Raises HTTPException 404 for what is none."""
    try:
        return unhexed(text)
    except ValueError:
        raise not_here() from None
