"""Bearer keys and browser sessions. What is stored cannot be turned back into a key."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Iterable

from sqlalchemy import delete, select, update

from emergence_stats.errors import InputError
from emergence_stats_api.store.database import Database
from emergence_stats_api.store.tables import Key, Session

SCOPES = ("submit", "read", "admin")
USE_RESOLUTION = 60  # seconds; a key's last use is written no more often
_KEY = re.compile(r"es_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and what they may do."""

    key_id: str
    name: str
    scopes: frozenset[str]


def digest(secret: str) -> str:
    """What is stored of a secret. It has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_key(database: Database, *, name: str, scopes: Iterable[str] = SCOPES) -> str:
    """Make a key.

    Returns:
        The key; it cannot be shown again.

    Raises:
        InputError: a scope is unknown, or there is none.
    """
    wanted = tuple(dict.fromkeys(scopes))
    if not wanted or any(scope not in SCOPES for scope in wanted):
        msg = f"scopes: expected some of {', '.join(SCOPES)}, got {', '.join(wanted) or 'none'}"
        raise InputError(msg)
    if not name.strip() or len(name) > 120:
        msg = "name: expected 1 to 120 characters"
        raise InputError(msg)
    identity, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with database.write() as session:
        session.add(
            Key(
                id=identity,
                name=name.strip(),
                secret_sha256=digest(secret),
                scopes=" ".join(wanted),
                created_at=time.time(),
            )
        )
    return f"es_{identity}_{secret}"


def list_keys(database: Database) -> list[Key]:
    """All keys, revoked ones included, oldest first."""
    with database.read() as session:
        return list(session.scalars(select(Key).order_by(Key.created_at)))


def revoke_key(database: Database, identity: str) -> bool:
    """Revoke a key and end its sessions; False: there is no such valid key. Its jobs stay until they expire."""
    with database.write() as session:
        found = session.execute(
            update(Key).where(Key.id == identity, Key.revoked_at.is_(None)).values(revoked_at=time.time())
        )
        session.execute(delete(Session).where(Session.key_id == identity))
        return bool(found.rowcount)  # type: ignore[attr-defined]


def caller_of_key(database: Database, given: str) -> Caller | None:
    """Who has this key; None: nobody."""
    match = _KEY.fullmatch(given)
    if match is None:
        return None
    with database.read() as session:
        key = session.get(Key, match[1])
    # Compared even if there is none, so that the time does not tell whether the id exists.
    stored = key.secret_sha256 if key is not None else digest("")
    if not hmac.compare_digest(stored, digest(match[2])) or key is None or key.revoked_at is not None:
        return None
    if time.time() - (key.last_used_at or 0) > USE_RESOLUTION:
        with database.write() as session:
            session.execute(update(Key).where(Key.id == key.id).values(last_used_at=time.time()))
    return _caller(key)


def open_session(database: Database, key_id: str, *, days: float) -> str:
    """Sign a browser in; the token goes into its cookie."""
    token = secrets.token_urlsafe(32)
    with database.write() as session:
        session.execute(delete(Session).where(Session.expires_at < time.time()))
        session.add(Session(token_sha256=digest(token), key_id=key_id, expires_at=time.time() + days * 86400))
    return token


def caller_of_session(database: Database, token: str) -> Caller | None:
    """Who signed in with this cookie; None: nobody, or too long ago."""
    with database.read() as session:
        found = session.execute(
            select(Key)
            .join(Session, Session.key_id == Key.id)
            .where(Session.token_sha256 == digest(token), Session.expires_at > time.time(), Key.revoked_at.is_(None))
        ).scalar_one_or_none()
        return None if found is None else _caller(found)


def close_session(database: Database, token: str) -> None:
    """Sign a browser out."""
    with database.write() as session:
        session.execute(delete(Session).where(Session.token_sha256 == digest(token)))


def _caller(key: Key) -> Caller:
    return Caller(key_id=key.id, name=key.name, scopes=frozenset(key.scopes.split()))
