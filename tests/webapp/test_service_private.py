"""`--private`: no token of the code is in any byte that a client sends to a service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import zstandard

from attribution.errors import InputError
from attribution.settings import PRIVATE
from audit.lsp.documents import Snapshot
from audit.lsp.folder import Folder
from audit.mcp.answers import attribute_code, search_corpus
from audit.mcp.corpus import Corpus
from audit.types import FileState
from benchmarks.served import serving
from tests.support.audit_index import indexed_function, make_index, original_function
from tests.support.command_line import Run, plain, runner

# copies, a changed copy, and own code, where a look-up tries rare words without --private
CODES = {
    "copy.py": indexed_function(3),
    "half.py": "\n".join(indexed_function(4).splitlines()[:9]) + "\n" + original_function(9),
    "own.py": original_function(2),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_index(tmp_path_factory.mktemp("index") / "index"))


@pytest.fixture(scope="module")
def address(index: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("service"), "--index", index) as service:
        yield service.address


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WHENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("WHENCE_INDEX", raising=False)
    folder = tmp_path / "code"
    folder.mkdir()
    for name, text in CODES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """All that is sent: addresses, headers and bodies, these also decompressed."""
    recorded: list[bytes] = []
    send = httpx2.HTTPTransport.handle_request

    def handle_request(self: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        body = request.read()
        recorded.extend([str(request.url).encode(), repr(request.headers.raw).encode(), body])
        if body:
            recorded.append(zstandard.ZstdDecompressor().decompress(body))
        return send(self, request)

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", handle_request)
    return recorded


@pytest.fixture
def whence(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


def words_in(sent: list[bytes]) -> set[str]:
    """The names and parts of strings of the code that were sent, in any case.

    Not its short numbers, which ports and hashes may contain.
    """
    everything = b"\n".join(sent).lower()
    words = {
        word.lower()
        for text in CODES.values()
        for word in re.findall(r"[^\W\d]\w{3,}|\d{8,}", text)
    }
    assert len(words) > 50
    return {word for word in words if word.encode() in everything}


def answers(out: str) -> list[Any]:
    return [plain(json.loads(line)) for line in out.splitlines()]


def test_a_look_up_sends_no_word(whence: Run, address: str, code: Path, sent: list[bytes]) -> None:
    arguments = ["lookup", *sorted(code.iterdir()), "--index", address, "--format", "jsonl"]
    status, out, _ = whence(*arguments, "--private")
    assert status == 0
    assert len(sent) > 12
    assert words_in(sent) == set()
    found = answers(out)
    assert [answer["label"] for answer in found] == ["verbatim", "verbatim", "none"]
    assert all(PRIVATE in answer["warnings"] for answer in found)
    sent.clear()
    assert PRIVATE not in whence(*arguments)[1]
    assert len(words_in(sent)) > 50  # what the test would find


@pytest.mark.parametrize("jobs", [1, 2])
def test_lines_of_snippets_on_an_index_and_through_a_service(
    whence: Run, index: str, address: str, tmp_path: Path, jobs: int
) -> None:
    table = tmp_path / "snippets.jsonl"
    table.write_text("".join(json.dumps({"code": text}) + "\n" for text in CODES.values()))
    there, here = (
        answers(
            whence("lookup", "--jsonl", table, "--index", where, "--jobs", jobs, "--private")[1]
        )
        for where in (address, index)
    )
    assert there == here
    assert all(PRIVATE in answer["warnings"] for answer in there)


def test_an_audit_sends_no_word_and_says_what_is_lost(
    whence: Run, address: str, code: Path, sent: list[bytes]
) -> None:
    arguments = ["audit", code, "--index", address, "--jobs", 1, "--report"]
    status, out, _ = whence(*arguments, "text", "--private")
    assert status == 1
    assert words_in(sent) == set()
    assert "fingerprints alone" in " ".join(out.split())
    sent.clear()
    status, out, _ = whence(*arguments, "json")
    assert status == 1
    assert words_in(sent)  # results of the private audit are not taken for those of this one
    assert "fingerprints alone" not in out


def test_agents_can_look_up_but_not_search(address: str, sent: list[bytes]) -> None:
    corpus = Corpus(address, private=True)
    answer = attribute_code(corpus, CODES["copy.py"], "python")
    assert answer.structure["label"] == "verbatim"
    assert "fingerprints alone" in answer.text
    with pytest.raises(InputError, match="sends no words"):
        search_corpus(corpus, next(iter(CODES.values())).split("(")[0])
    assert words_in(sent) == set()
    corpus.index().close()


def test_an_editor_sends_no_word(address: str, sent: list[bytes]) -> None:
    folder = Folder(address, None, None, private=True)
    checked = folder.check(
        Snapshot("untitled:a.py", 0, CODES["copy.py"], "python"), "a.py", "utf-8"
    )
    folder.close()
    assert checked.report.state is FileState.CHECKED and checked.report.findings
    assert words_in(sent) == set()


def test_a_search_is_refused(whence: Run, address: str, sent: list[bytes]) -> None:
    status, out, err = whence("search", "secret", "--index", address, "--private")
    assert (status, out, sent) == (2, "", [])
    assert "a search sends its words" in err
