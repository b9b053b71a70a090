"""A test server with TLS and users that have the roles of docker-compose.yml."""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
import secrets
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.elastic_archive import UnavailableError, java_home
from tests.support.elastic_node import ROOT, Node, wait_until_healthy
from tests.support.elastic_server import home, missing, workplace

_ROLES = ROOT / "docker" / "roles"
_TOOL_SECONDS = 60
_STORE = "http.p12"
# Users and their roles; the stranger may only log in.
_USERS = {
    "admin": "superuser",
    "indexer": "whence_index",
    "reader": "whence_serve",
    "stranger": "none",
}


@dataclass(frozen=True, slots=True)
class SecureServer:
    """A server with TLS, the authority that signed its certificate, and another authority."""

    url: str
    ca: Path  # PEM
    other_ca: Path  # PEM
    fingerprint: str  # SHA-256 of the server's certificate, hex
    password: str  # of the users admin, indexer, reader and stranger

    def location(self, name: str) -> str:
        """The location of an index; the roles permit names that begin with `whence`."""
        return f"{self.url}/{name}"

    def environment(self, user: str) -> dict[str, str]:
        """The settings for a user."""
        return {
            "WHENCE_ELASTIC_USER": user,
            "WHENCE_ELASTIC_PASSWORD": self.password,
            "WHENCE_ELASTIC_CA": str(self.ca),
        }


def secure_server() -> SecureServer:
    """The server of this test run, started at first use; otherwise skips or fails the test."""
    found = _secure_server()
    if isinstance(found, str):
        missing(found)
    return found


@cache
def _secure_server() -> SecureServer | str:
    try:
        return _start()
    except UnavailableError as error:
        return str(error)


def _start() -> SecureServer:
    folder = workplace("certificates")
    word = secrets.token_hex(16)
    _make_authority(folder, "ca", word)
    _make_authority(folder, "other", word)
    _make_certificate(folder, word)
    settings = {
        "discovery.type": "single-node",
        "xpack.security.enabled": "true",
        "xpack.security.http.ssl.enabled": "true",
        "xpack.security.http.ssl.keystore.path": _STORE,
    }
    node = Node(home(), workplace("secure"), settings)
    node.configure()
    config = node.folder / "config"
    (config / _STORE).write_bytes((folder / _STORE).read_bytes())
    roles = {path.stem: json.loads(path.read_text()) for path in _ROLES.glob("*.json")}
    _write(config / "roles.yml", {**roles, "none": {"cluster": []}})
    names = [f"xpack.security.http.ssl.keystore.secure{kind}_password" for kind in ("", "_key")]
    stdin = f"{word}\n" * len(names)
    _tool(node, "elasticsearch-keystore", "add", "--force", "--stdin", *names, stdin=stdin)
    password = secrets.token_hex(12)
    for name in ("users", "users_roles"):
        (config / name).touch()
    _tool(node, "elasticsearch-users", "useradd", "admin", "-p", password)
    # The program takes seconds per user, so all users share the first one's password.
    hashed = (config / "users").read_text().strip().partition(":")[2]
    _write(config / "users", dict.fromkeys(_USERS, hashed), ":")
    _write(config / "users_roles", {role: user for user, role in _USERS.items()}, ":")
    node.start()
    atexit.register(node.stop)
    url = f"https://127.0.0.1:{node.port}"
    server = SecureServer(
        url, folder / "ca.pem", folder / "other.pem", _fingerprint(folder / "http.pem"), password
    )
    pair = base64.b64encode(f"admin:{password}".encode()).decode()
    context = ssl.create_default_context(cafile=server.ca)
    wait_until_healthy(url, context=context, authorization=f"Basic {pair}")
    return server


def _write(path: Path, entries: Mapping[str, object], separator: str = ": ") -> None:
    """Write one entry per line; JSON is YAML."""
    lines = {key: v if isinstance(v, str) else json.dumps(v) for key, v in entries.items()}
    path.write_text("".join(f"{key}{separator}{value}\n" for key, value in lines.items()))


def _make_authority(folder: Path, name: str, word: str) -> None:
    """Make a signing key in NAME.p12 and its certificate in NAME.pem."""
    _keytool(
        folder, word, f"{name}.p12", "-genkeypair", "-alias", name, "-dname", f"CN=Test {name}",
        *_KEY, "-ext", "bc:c", "-ext", "ku:c=keyCertSign,cRLSign",
    )  # fmt: skip
    _keytool(
        folder, word, f"{name}.p12", "-exportcert", "-rfc", "-alias", name, "-file", f"{name}.pem"
    )


_KEY = ("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30")


def _make_certificate(folder: Path, word: str) -> None:
    """Make the server's key and its signed certificate in http.p12."""
    _keytool(
        folder, word, "ca.p12", "-genkeypair", "-alias", "http", "-dname", "CN=test", *_KEY,
        "-signer", "ca", "-ext", "san=ip:127.0.0.1,dns:localhost",
    )  # fmt: skip
    _keytool(folder, word, "ca.p12", "-exportcert", "-rfc", "-alias", "http", "-file", "http.pem")
    command = [
        "-importkeystore",
        "-srckeystore",
        "ca.p12",
        "-srcstorepass",
        word,
        "-srcalias",
        "http",
    ]
    _keytool(folder, word, None, *command, "-destkeystore", _STORE, "-deststorepass", word)


def _keytool(folder: Path, word: str, store: str | None, *arguments: str) -> None:
    keystore = ["-keystore", store, "-storepass", word] if store else []
    _call([str(java_home() / "bin" / "keytool"), *arguments, *keystore], cwd=folder)


def _tool(node: Node, name: str, *arguments: str, stdin: str | None = None) -> None:
    """Run one of the server's own programs with some standard input."""
    command = [str(node.home / "bin" / name), *arguments]
    _call(command, cwd=node.folder, env=node.environment, input_=stdin)


def _call(
    command: list[str], *, cwd: Path, env: dict[str, str] | None = None, input_: str | None = None
) -> None:
    done = subprocess.run(
        command, cwd=cwd, env=env, input=input_ or "", capture_output=True, text=True,
        timeout=_TOOL_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        why = (done.stderr or done.stdout)[-500:].strip()
        raise UnavailableError(f"{Path(command[0]).name} {command[1]} failed: {why}")


def _fingerprint(pem: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read_text())).hexdigest()
