"""What a screen answers for what is not there, or not for this officer to see: the same."""

from fastapi import HTTPException


def not_here() -> HTTPException:
    return HTTPException(404, "there is no such thing, or the officer is no party to it")
