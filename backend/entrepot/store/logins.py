"""Who is in the console: kept here, so that nobody is out because a process was started again."""

import hashlib
from datetime import datetime, timedelta

from sqlmodel import col, delete, or_

from entrepot.store.session import Session
from entrepot.store.tables import Login


def find(session: Session, cookie: str) -> Login | None:
    """What the cookie opened, whether it has ended or not."""
    return session.get(Login, hashed(cookie))


def keep(session: Session, login: Login, *, lifetime: timedelta, idle: timedelta) -> None:
    """Adds a login, and forgets those that have ended."""
    now = login.proven_at
    ended = or_(col(Login.proven_at) <= now - lifetime, col(Login.seen_at) <= now - idle)
    session.exec(delete(Login).where(ended))
    session.add(login)


def seen(session: Session, cookie: str, now: datetime) -> None:
    """Somebody did something in it."""
    login = find(session, cookie)
    if login is not None:
        login.seen_at = now


def end(session: Session, cookie: str) -> None:
    """Nothing is left of it."""
    session.exec(delete(Login).where(col(Login.cookie_sha256) == hashed(cookie)))


def open_to(session: Session, cookie_sha256: bytes, facility_id: str, reason: str) -> None:
    """Whoever is in said why they look into that facility."""
    login = session.get_one(Login, cookie_sha256)
    login.looks_into = {**login.looks_into, facility_id: reason}


def hashed(cookie: str) -> bytes:
    """What is kept of a cookie."""
    return hashlib.sha256(cookie.encode()).digest()
