"""A service behind the nginx of docs/service/nginx.conf, with TLS, as a client sees it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from attribution.errors import IndexUnavailableError
from attribution.index import open_index
from attribution.session import LookupSession
from attribution.types import Label, Snippet
from benchmarks.served import ROOT, serving
from tests.support.audit_index import indexed_function, make_index
from tests.support.reverse_proxy import certify
from webapp.guards.keys import KeyFile

NGINX = os.environ.get("WHENCE_TEST_NGINX") or shutil.which("nginx") or "/usr/sbin/nginx"
pytestmark = pytest.mark.skipif(
    not (Path(NGINX).is_file() and shutil.which("openssl")), reason="nginx is not installed"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx with a service behind it."""

    address: str
    folder: Path  # of certificate and key


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    certify(folder)
    (folder / "key").write_text(KeyFile(folder / "keys").add("test"))
    index = str(make_index(folder / "index"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--index", index, "--keys", str(folder / "keys"), "--proxies", "1")
    with serving(folder, *options) as service:
        site = (ROOT / "docs" / "service" / "nginx.conf").read_text()
        for theirs, ours in {
            "127.0.0.1:8000": f"127.0.0.1:{service.port}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "whence.example": "localhost",
            "/etc/ssl": str(folder),
        }.items():
            assert theirs in site
            site = site.replace(theirs, ours)
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
            f"http {{ access_log off; {temporary}\n{site}\n}}\n"
        )
        command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield Proxy(f"https://localhost:{port}", folder)
        finally:
            process.terminate()
            process.wait(10)


def test_a_look_up_over_tls(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHENCE_KEY_FILE", str(proxy.folder / "key"))
    monkeypatch.setenv("WHENCE_SERVICE_CA", str(proxy.folder / "whence.pem"))
    session = LookupSession.open(proxy.address)
    with session.index:
        answer = session.lookup(Snippet(indexed_function(3).encode(), "python"))
    assert answer.label is Label.VERBATIM


def test_an_unknown_authority_is_refused(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHENCE_SERVICE_CA", raising=False)
    with pytest.raises(IndexUnavailableError, match=r"is not trusted.*WHENCE_SERVICE_CA"):
        open_index(proxy.address)
