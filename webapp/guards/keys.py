"""API keys: a file of salted hashes.

    {"version": 1, "keys": [{"name", "created", "salt", "hash", "rate_limit"?, "quota"?}]}
                                                                                mode 0600

A key is `whk_` and 256 random bits. It is shown once and not stored. Its hash is one salted
SHA-256: slow hashes such as scrypt are for passwords, which can be guessed. 256 random bits cannot,
and a slow hash would cost 50 ms per request.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from attribution.errors import InputError
from attribution.replaced_file import replaced_file
from webapp.guards.limits import limit_of

__all__ = ["PREFIX", "ApiKey", "KeyFile", "key_hash"]

PREFIX = "whk_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is stored of a key."""

    name: str  # for people and logs
    created: str  # ISO 8601
    salt: str  # 32 hex digits
    hash: str  # 64 hex digits
    rate_limit: str | None = None  # requests: "100/minute" or "off"; None: that of the service
    quota: str | None = None  # look-ups: "1000000/day"; None: none


def key_hash(salt: str, key: str) -> str:
    """The hash that is stored of a key."""
    return hashlib.sha256(bytes.fromhex(salt) + key.encode()).hexdigest()


class KeyFile:
    """The keys in a file. It is read again when it changes, so revoking takes effect at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._keys: tuple[ApiKey, ...] = ()

    def read(self) -> tuple[ApiKey, ...]:
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
            # ctime also changes with the mode
            seen = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                if stat.st_mode & 0o077:
                    raise InputError(
                        f"other users can read {self.path} (mode {stat.st_mode & 0o777:o}); "
                        f"run: chmod 600 {self.path}"
                    )
                self._keys = _read(self.path)
                self._seen = seen
            return self._keys

    def find(self, key: str) -> ApiKey | None:
        """What is stored of a key; None: the key is unknown.

        Every hash is compared, each in constant time, so that the time reveals nothing.
        """
        found = None
        for known in self.read():
            if hmac.compare_digest(key_hash(known.salt, key), known.hash):
                found = known
        return found

    def add(self, name: str, rate_limit: str | None = None, quota: str | None = None) -> str:
        """Make a key and return it; it cannot be shown again.

        Raises:
            InputError: the name is in use or invalid, a limit is invalid, or the file cannot be
                written.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} is not a valid name: use 1 to 64 letters, digits and . _ @ -, beginning "
                "with a letter or digit"
            )
        with self._changing():
            keys = self.read()
            if any(known.name == name for known in keys):
                raise InputError(
                    f"there is already a key {name}; choose another name, or revoke it first: "
                    f"whence keys revoke {name}"
                )
            key = PREFIX + secrets.token_urlsafe(32)
            salt = secrets.token_hex(16)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            made = ApiKey(name, now, salt, key_hash(salt, key), rate_limit, quota)
            _check_limits(made)
            self._write((*keys, made))
        return key

    def limit(self, name: str, change: Callable[[ApiKey], ApiKey]) -> None:
        """Change the limits of a key; running services apply them from then on.

        Args:
            change: gives the key with its new limits.

        Raises:
            InputError: there is no such key, a limit is invalid, or the file cannot be written.
        """
        with self._changing():
            keys = self.read()
            known = next((known for known in keys if known.name == name), None)
            if known is None:
                raise _unknown(name)
            changed = change(known)
            _check_limits(changed)
            self._write(tuple(changed if one is known else one for one in keys))

    def revoke(self, name: str) -> None:
        """Remove a key; running services refuse it from then on.

        Raises:
            InputError: there is no such key, or the file cannot be written.
        """
        with self._changing():
            keys = self.read()
            left = tuple(known for known in keys if known.name != name)
            if len(left) == len(keys):
                raise _unknown(name)
            self._write(left)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Lock the file, so that no key is lost when two are made at the same time."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.path.with_name(self.path.name + ".lock")
            lock.touch(mode=0o600)
            with lock.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from error

    def _write(self, keys: tuple[ApiKey, ...]) -> None:
        # without the limits that are not set, which an older Whence does not know
        shapes = [{k: v for k, v in asdict(key).items() if v is not None} for key in keys]
        text = json.dumps({"version": _VERSION, "keys": shapes}, indent=1)
        with replaced_file(self.path, 0o600) as file:
            file.write(f"{text}\n".encode())


def _unknown(name: str) -> InputError:
    return InputError(f"there is no key {name!r}; `whence keys list` lists all keys")


def _check_limits(key: ApiKey) -> None:
    """Raise an InputError if a limit is invalid."""
    for text in (key.rate_limit, key.quota):
        if text is not None and text != "off":
            limit_of(text)


def _read(path: Path) -> tuple[ApiKey, ...]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["version"] != _VERSION:
            raise InputError(
                f"{path} has version {stored['version']}, and this Whence reads {_VERSION}"
            )
        keys = tuple(ApiKey(**entry) for entry in stored["keys"])
        for key in keys:  # damaged ones raise a ValueError
            key_hash(key.salt, "")
            bytes.fromhex(key.hash)
            _check_limits(key)
    except OSError as error:
        raise InputError(f"the keys in {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path} is not a file of API keys; make one with `whence keys add NAME --keys FILE`"
        ) from error
    return keys
