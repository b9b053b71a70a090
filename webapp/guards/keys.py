"""API keys: a file of salted hashes.

    {"version": 1, "keys": [{"name", "created", "salt", "hash"}]}      mode 0600

A key is `whk_` and 256 random bits. It is shown once and kept nowhere. Its hash is one salted
SHA-256: a slow hash such as scrypt protects secrets that people choose, which can be guessed;
nobody guesses 256 random bits, and a slow hash would cost 50 ms of each request.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from attribution.errors import InputError

__all__ = ["PREFIX", "ApiKey", "KeyFile", "key_hash"]

PREFIX = "whk_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key."""

    name: str  # for people and logs
    created: str  # ISO 8601
    salt: str  # 32 hex digits
    hash: str  # 64 hex digits


def key_hash(salt: str, key: str) -> str:
    """The hash under which a key is kept."""
    return hashlib.sha256(bytes.fromhex(salt) + key.encode()).hexdigest()


class KeyFile:
    """The keys in a file. It is read again when it changes, so a revoked key ends at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._keys: tuple[ApiKey, ...] = ()

    def kept(self) -> tuple[ApiKey, ...]:
        """All keys; none where there is no file.

        Raises:
            InputError: the file cannot be read, is damaged, or others may read it.
        """
        with self._lock:
            try:
                stat = self.path.stat()
            except FileNotFoundError:
                self._seen, self._keys = None, ()
                return ()
            except OSError as error:
                raise InputError(
                    f"the keys in {self.path} cannot be read: {error.strerror}"
                ) from error
            # the time of the last change of its mode, too: ctime
            seen = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                if stat.st_mode & 0o077:
                    raise InputError(
                        f"{self.path} may be read by others (mode {stat.st_mode & 0o777:o}); "
                        f"run: chmod 600 {self.path}"
                    )
                self._keys = _read(self.path)
                self._seen = seen
            return self._keys

    def name_of(self, key: str) -> str | None:
        """The name of a key that was given; None when it is not one of ours.

        Every hash is compared, each in constant time: how long it takes tells nothing.
        """
        name = None
        for one in self.kept():
            if hmac.compare_digest(key_hash(one.salt, key), one.hash):
                name = one.name
        return name

    def add(self, name: str) -> str:
        """Make a key; the only time that it can be seen.

        Raises:
            InputError: the name is taken or odd, or the file cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} is no name for a key: letters, digits and . _ @ -, at most 64, "
                "beginning with a letter or digit"
            )
        with self._changing():
            kept = self.kept()
            if any(one.name == name for one in kept):
                raise InputError(
                    f"a key is called {name} already; choose another name, or revoke it first: "
                    f"whence keys revoke {name}"
                )
            key = PREFIX + secrets.token_urlsafe(32)
            salt = secrets.token_hex(16)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self._write((*kept, ApiKey(name, now, salt, key_hash(salt, key))))
        return key

    def revoke(self, name: str) -> None:
        """Forget a key; services that run refuse it from then on.

        Raises:
            InputError: there is no such key, or the file cannot be written.
        """
        with self._changing():
            kept = self.kept()
            left = tuple(one for one in kept if one.name != name)
            if len(left) == len(kept):
                raise InputError(f"no key is called {name!r}; `whence keys list` names them all")
            self._write(left)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One writer at a time, so that of two keys made at once none is lost."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(
                self.path.with_name(self.path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600
            )
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, keys: tuple[ApiKey, ...]) -> None:
        text = json.dumps({"version": _VERSION, "keys": [asdict(one) for one in keys]}, indent=1)
        try:
            # mkstemp makes it 0600; the rename swaps it whole
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from error


def _read(path: Path) -> tuple[ApiKey, ...]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["version"] != _VERSION:
            raise InputError(
                f"{path} has version {stored['version']}, this Whence reads {_VERSION}"
            )
        keys = tuple(ApiKey(**one) for one in stored["keys"])
        for one in keys:
            key_hash(one.salt, "")
            bytes.fromhex(one.hash)
    except OSError as error:
        raise InputError(f"the keys in {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is no file of API keys; make one with `whence keys add NAME --keys FILE`"
        ) from error
    return keys
