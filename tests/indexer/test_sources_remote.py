"""Datasets that are read where they are, from real servers on loopback."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from attribution.errors import InputError, SourceError
from attribution.index import create_index, open_index
from attribution.types import NewFile
from indexer import jobs, parts, sources
from indexer.progress import Progress
from indexer.sources import Source, SourceItem, open_sources
from indexer.sources.contents import ContentStore
from indexer.sources.remote import attempts, http, ranges
from indexer.sources.remote.http import HttpConnection
from indexer.sources.remote.patterns import Pattern
from indexer.sources.remote.ranges import RangeFile
from tests.support.command_line import Run, runner
from tests.support.remote_servers import FileServer, HubServer, Request, running
from tests.support.reverse_proxy import certify, reverse_proxy

HUB = "hf://datasets/owner/code"


def parquet(first: int, rows: int, unneeded: int = 0) -> bytes:
    """Rows as The Stack v1 has them, in row groups of five."""
    table = pa.Table.from_pylist(
        [
            {
                "hexsha": "a" * 40,
                "embedding": b"".join(
                    (number * 7919 + at).to_bytes(4) for at in range(unneeded // 4)
                ),
                "lang": "Python",
                "max_stars_repo_name": f"owner/{number}",
                "max_stars_repo_path": f"file{number}.py",
                "content": f"def function_{number}(x):\n    return x + {number}\n" * 20,
            }
            for number in range(first, first + rows)
        ]
    )
    written = io.BytesIO()
    pq.write_table(table, written, row_group_size=5, compression="none", use_dictionary=False)
    return written.getvalue()


def json_lines(rows: int) -> bytes:
    lines = (
        {
            "content": f"value_{n} = {n}\n",
            "max_stars_repo_name": "o/r",
            "max_stars_repo_path": f"{n}.py",
        }
        for n in range(rows)
    )
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_FIRST_WAIT", 0.005)


@pytest.fixture
def whence(capfd: pytest.CaptureFixture[str]) -> Run:
    return runner(capfd)


@pytest.fixture
def web() -> Iterator[FileServer]:
    with running(FileServer()) as server:
        yield server


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    with running(HubServer()) as server:
        assert isinstance(server, HubServer)
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield server


def opened(address: str) -> Source:
    (source,) = open_sources(address)
    return source


def contents(items: list[SourceItem]) -> list[bytes]:
    assert all(isinstance(item.file, NewFile) for item in items), items
    return [item.file.content for item in items if isinstance(item.file, NewFile)]


def on_disk(content: bytes, path: Path) -> list[bytes]:
    path.write_bytes(content)
    return contents(list(opened(str(path)).read()))


# -- the web ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.parquet", parquet(0, 23)),
        ("a.jsonl", json_lines(300)),
        ("a.jsonl.gz", gzip.compress(json_lines(300))),
        ("a.jsonl.zst", zstandard.compress(json_lines(300))),
    ],
)
def test_a_file_on_the_web_reads_as_on_disk(
    web: FileServer, tmp_path: Path, name: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "_PIECE", 1000)
    web.files[f"/data/{name}"] = content
    source = opened(f"{web.url}/data/{name}")
    assert source.total_bytes() == len(content)
    assert source.fingerprint() == opened(f"{web.url}/data/{name}").fingerprint()
    assert contents(list(source.read())) == on_disk(content, tmp_path / name)
    in_a_worker = pickle.loads(pickle.dumps(source))
    assert contents(list(in_a_worker.read())) == contents(list(source.read()))
    web.files[f"/data/{name}"] = content + b"\n"
    assert opened(f"{web.url}/data/{name}").fingerprint() != source.fingerprint()


def test_it_resumes_at_a_position_and_requests_only_what_follows(web: FileServer) -> None:
    web.files["/a.parquet"] = parquet(0, 50)
    source = opened(f"{web.url}/a.parquet")
    items = list(source.read())
    web.requests.clear()
    assert list(source.read(items[34].position)) == items[35:]
    size = source.total_bytes()
    rows = [r.start for r in web.requests if r.stop != size and (r.stop or 0) < size - 8]
    assert min(start for start in rows if start is not None) > size // 2


def test_columns_that_are_not_needed_are_not_requested(
    web: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "_GAP", 0)
    web.files["/a.parquet"] = parquet(0, 20, unneeded=400_000)
    source = opened(f"{web.url}/a.parquet")
    assert len(list(source.read())) == 20
    sent = sum(min(r.stop or 0, source.total_bytes()) - (r.start or 0) for r in web.requests)
    assert source.total_bytes() > 8_000_000
    assert sent < 500_000


def test_following_pieces_are_requested_while_one_is_waited_for(
    web: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "_PIECE", 1000)
    web.files["/a.jsonl"] = json_lines(600)
    at_once, most = 0, 0
    lock = threading.Lock()

    def slow(_handler: Any, _request: Request) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        with lock:
            at_once -= 1
        return False

    source = opened(f"{web.url}/a.jsonl")
    web.fault = slow
    assert len(list(source.read())) == 600
    assert 4 <= most <= ranges._AHEAD
    assert len(web.requests) == 1 + -(-source.total_bytes() // 1000)  # each piece once


def test_memory_is_bounded() -> None:
    content = bytes(range(256)) * 4096
    file = RangeFile("x", len(content), lambda start, stop: content[start:stop])
    file.expect([(0, 1000), (1000, len(content))])
    at = [0, 500_000, 900_000]
    with file:
        for step in range(0, 100_000, 1000):  # columns are read in turn
            for start in at:
                file.seek(start + step)
                assert file.read(1000) == content[start + step : start + step + 1000]
                assert len(file._pieces) <= ranges._KEPT
        file.seek(-10, io.SEEK_END)
        assert file.read() == content[-10:]
        assert file.read(5) == b""


def test_connections_that_break_are_made_again(web: FileServer, tmp_path: Path) -> None:
    content = web.files["/a.parquet"] = parquet(0, 40)
    failures = iter(range(6))

    def breaks(handler: Any, request: Request) -> bool:
        if request.stop == 1 or next(failures, None) is None:
            return False
        handler.send_file(content, request, cut=100)
        return True

    web.fault = breaks
    source = opened(f"{web.url}/a.parquet")
    assert contents(list(source.read())) == on_disk(content, tmp_path / "a.parquet")


@pytest.mark.parametrize(
    "headers",
    [{"retry_after": "1"}, {"ratelimit": '"resolvers";r=0;t=1'}],
)
def test_it_waits_as_long_as_the_server_asks(web: FileServer, headers: dict[str, str]) -> None:
    web.files["/a.parquet"] = parquet(0, 5)
    source = opened(f"{web.url}/a.parquet")
    refused: list[float] = []

    def limited(handler: Any, _request: Request) -> bool:
        if not refused:
            refused.append(time.monotonic())
            handler.answer(429, **headers)
            return True
        assert time.monotonic() - refused[0] >= 0.99
        return False

    web.fault = limited
    assert len(list(source.read())) == 5


def refusing(status: int, **headers: str) -> Any:
    def refuse(handler: Any, _request: Request) -> bool:
        handler.answer(status, **headers)
        return True

    return refuse


def endless(handler: Any, request: Request) -> bool:
    handler.send_response(206)
    handler.send_header("content-range", f"bytes {request.start}-{(request.stop or 0) - 1}/9000")
    handler.send_header("connection", "close")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        handler.close_connection = True
    return True


def silent(handler: Any, _request: Request) -> bool:
    time.sleep(0.6)
    handler.close_connection = True
    return True


def trickling(handler: Any, request: Request) -> bool:
    handler.send_response(206)
    handler.send_header("content-range", f"bytes {request.start}-{(request.stop or 0) - 1}/9000")
    handler.send_header("content-length", "100000")
    handler.end_headers()
    try:
        for _ in range(60):
            handler.wfile.write(b"x")
            time.sleep(0.01)
    except OSError:
        pass
    handler.close_connection = True
    return True


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (refusing(401), "refuses access .HTTP 401.; if the address has a signature"),
        (refusing(403), "refuses access"),
        (refusing(404), "there is no such file"),
        (refusing(503), "HTTP 503, after 3 attempts; run the command again later, it resumes"),
        (refusing(429, retry_after="4000"), "HTTP 429, after 1 attempt; "),
        (
            lambda handler, _: handler.answer(200, b"[]") or True,
            "does not support range requests; download the file",
        ),
        (refusing(206, content_range="bytes 7-7/9000"), "sent another range than bytes 0-0"),
        (refusing(206, content_range="bytes 0-0/*"), "does not state the file's size"),
        (refusing(302, location="file:///etc/passwd"), "redirects to file://"),
        (refusing(302, location="ftp://127.0.0.1/x"), "redirects to ftp://"),
        (refusing(302, location="/again"), "redirects more than 10 times"),
        (refusing(302, location="http://[x/"), "cannot be read"),
        (endless, "sent more than the 1 bytes requested"),
        (silent, "no answer in 0 s"),
    ],
)
def test_what_a_server_does_wrong_is_named(
    web: FileServer, fault: Any, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "_ATTEMPTS", 3)
    monkeypatch.setattr(http, "_SILENCE", 0.2)
    web.fault = fault
    failed = opened(f"{web.url}/a.jsonl")
    assert failed.total_bytes() == 0
    with pytest.raises(SourceError, match=rf"^{web.url}/a\.jsonl.*{message}"):
        failed.fingerprint()
    with pytest.raises(SourceError, match=message):
        list(failed.read())


def test_an_answer_that_trickles_is_given_up(
    web: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "_ATTEMPTS", 2)
    monkeypatch.setattr(http, "_LONGEST", 0.1)
    web.files["/a.jsonl"] = json_lines(200)
    source = opened(f"{web.url}/a.jsonl")
    web.fault = trickling
    with pytest.raises(SourceError, match=r"\d+ bytes in 0 s, after 2 attempts"):
        list(source.read())


@pytest.mark.parametrize("longer", [b"", b"more\n"])
def test_a_file_that_changes_while_it_is_read(web: FileServer, longer: bytes) -> None:
    web.files["/a.jsonl"] = json_lines(9)
    source = opened(f"{web.url}/a.jsonl")
    web.files["/a.jsonl"] = web.files["/a.jsonl"].replace(b"8", b"9") + longer
    with pytest.raises(SourceError, match=r"changed while it was read.*run the command again"):
        list(source.read())


def test_a_server_may_send_all_that_is_requested_without_ranges(web: FileServer) -> None:
    content = web.files["/a.jsonl"] = json_lines(30)
    source = opened(f"{web.url}/a.jsonl")

    def whole(handler: Any, request: Request) -> bool:
        assert (request.start, request.stop) == (0, len(content))
        handler.answer(200, content)
        return True

    web.fault = whole
    assert len(list(source.read())) == 30


def test_no_redirect_from_https_to_http() -> None:
    connection = HttpConnection("https://host/a.jsonl", "https://host/a.jsonl")
    redirect = httpx2.Response(302, headers={"location": "http://host/a.jsonl"})
    connection._client = httpx2.Client(transport=httpx2.MockTransport(lambda _: redirect))
    with pytest.raises(SourceError, match="redirects to http://, which is not followed"):
        connection.read(0, 10)
    connection.close()


def test_a_certificate_that_is_not_trusted_is_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certify(tmp_path)
    monkeypatch.setattr(attempts, "_FIRST_WAIT", 60)  # seconds: a second attempt would be noticed
    with (
        reverse_proxy(1, certificate=tmp_path) as address,
        pytest.raises(SourceError, match=r"not trusted .* in SSL_CERT_FILE$"),
    ):
        opened(f"{address}/a.parquet").fingerprint()


def test_passwords_and_signatures_are_not_shown(web: FileServer) -> None:
    web.files["/a.jsonl"] = json_lines(2)
    address = web.url.replace("//", "//user:secret@")
    one, other = (opened(f"{address}/a.jsonl?signature={s}") for s in ("hidden", "other"))
    assert one.name != other.name
    assert "secret" not in one.name
    assert "hidden" not in one.name
    assert len(list(one.read())) == 2


# -- the hub ----------------------------------------------------------------------------------


@pytest.fixture
def corpus(hub: HubServer) -> HubServer:
    for number in range(5):
        hub.files[f"owner/code/data/python/train-{number}.parquet"] = parquet(number * 20, 20)
    hub.files["owner/code/data/c/train-0.jsonl"] = json_lines(3)
    hub.files["owner/code/README.md"] = b"About"
    return hub


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("", [f"c/train-0.jsonl {3}", *(f"python/train-{n}.parquet 20" for n in range(5))]),
        ("/data/c", ["c/train-0.jsonl 3"]),
        ("@v1.0/data/python/train-3.parquet", ["python/train-3.parquet 20"]),
        ("/data/*/train-[13].parquet", ["python/train-1.parquet 20", "python/train-3.parquet 20"]),
        ("/**/*-0.*", ["c/train-0.jsonl 3", "python/train-0.parquet 20"]),
    ],
)
@pytest.mark.usefixtures("corpus")
def test_the_files_of_a_dataset(address: str, names: list[str]) -> None:
    found = open_sources(HUB + address)
    revision = address.partition("/")[0]
    root = f"{HUB}{revision}/data/"
    labels = [source.name.partition(":")[2].removeprefix(root) for source in found]
    assert [f"{n} {len(list(s.read()))}" for n, s in zip(labels, found, strict=True)] == names
    assert [s.fingerprint() for s in open_sources(HUB + address)] == [
        source.fingerprint() for source in found
    ]


def test_the_index_is_that_of_the_files_on_disk(
    corpus: HubServer, tmp_path: Path, whence: Run
) -> None:
    for name, content in corpus.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    remote, local = tmp_path / "remote", tmp_path / "local"
    assert whence("index", f"{HUB}/data", "--to", remote)[0] == 0
    assert whence("index", tmp_path / "owner/code/data", "--to", local)[0] == 0
    counts = []
    for location in (remote, local):
        with open_index(str(location)) as index:
            summary = index.summary()
            counts.append((summary.documents, summary.occurrences))
    assert counts[0] == counts[1] == (103, 103)
    corpus.requests.clear()
    _, _, said = whence("index", f"{HUB}/data", "--to", remote)
    assert "unchanged: 6 sources" in said
    assert not [r for r in corpus.requests if "/cdn/" in r.path]


def test_a_source_that_fails_is_named_and_the_others_are_indexed(
    corpus: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whence: Run
) -> None:
    monkeypatch.setattr(attempts, "_ATTEMPTS", 2)

    def fails(handler: Any, request: Request) -> bool:
        broken = "train-2" in request.path
        if broken:
            handler.answer(500)
        return broken

    corpus.fault = fails
    arguments = [f"{HUB}/data/python", "hf://datasets/owner/absent", "--to", tmp_path / "index"]
    code, _, said = whence("index", *arguments)
    assert code == 0
    assert f"skipped parquet:{HUB}/data/python/train-2.parquet" in said
    assert "skipped hf://datasets/owner/absent: " in said
    assert "80 distinct files" in said
    corpus.fault = lambda _handler, _request: False
    _, _, said = whence("index", *arguments)
    assert "added: 20 distinct files" in said


def test_several_processes_read_what_this_one_has_listed(
    corpus: HubServer, web: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.parts._WORTH_A_PROCESS", 1)
    web.files["/a.parquet"] = parquet(200, 20)
    web.files["/a.jsonl"] = json_lines(30)
    addresses = [f"{HUB}/data", f"{web.url}/a.parquet", f"{web.url}/a.jsonl"]
    opened = [source for address in addresses for source in open_sources(address)]
    corpus.requests.clear()
    store = ContentStore()
    with create_index(tmp_path / "index", "corpus") as index:
        report = jobs.index_on_cores(index, opened, 2, store, Progress())
        assert (report.failed, index.summary().documents) == ([], 150)
    store.close()
    assert not [request for request in corpus.requests if request.path.startswith("/api/")]


def test_an_interrupted_run_does_not_wait_for_the_server(corpus: HubServer, tmp_path: Path) -> None:
    asked = threading.Event()

    def limited(handler: Any, request: Request) -> bool:
        if "/cdn/" in request.path:
            handler.answer(429, retry_after="60")
            asked.set()
        return "/cdn/" in request.path

    corpus.fault = limited
    command = [sys.executable, "-m", "attribution.cli", "index", f"{HUB}/data"]
    process = subprocess.Popen(
        [*command, "--to", tmp_path / "index", "--jobs", "1"], stderr=subprocess.PIPE, text=True,
        # a run of the tests in the background ignores it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )  # fmt: skip
    assert asked.wait(60)
    interrupted = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in said
    assert time.monotonic() - interrupted < 30


@pytest.mark.usefixtures("corpus")
def test_parts_of_a_dataset_are_the_whole(
    tmp_path: Path, whence: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_SMALLEST", 5000)  # files are cut into row groups
    added = []
    for number in (1, 2, 3):
        location = tmp_path / str(number)
        code, _, said = whence("index", f"{HUB}/data", "--part", f"{number}/3", "--to", location)
        assert code == 0, said
        with open_index(location) as index:
            added.append(index.summary().documents)
    assert sum(added) == 103
    assert min(added) > 20


def test_the_address_of_the_content_is_kept_until_it_expires(
    corpus: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "_PIECE", 500)  # so that many requests are refused at once
    source = opened(f"{HUB}/data/python/train-1.parquet")
    reading = source.read()
    first = next(reading)
    corpus.signature = "second"
    assert [first, *reading] == list(source.read())
    resolved = [r for r in corpus.requests if "/resolve/" in r.path]
    assert len(resolved) < len([r for r in corpus.requests if "/cdn/" in r.path])


def test_the_token_is_sent_to_the_hub_only(
    corpus: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus.token = "hf_secret"
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    source = opened(f"{HUB}/data/python/train-1.parquet")
    assert len(list(source.read())) == 20
    for request in corpus.requests:
        assert request.token == ("" if "/cdn/" in request.path else "Bearer hf_secret")
    corpus.token = "another"
    with pytest.raises(SourceError, match=r"train-1\.parquet cannot be read: HTTP 401.*HF_TOKEN"):
        list(source.read())
    failed = opened(f"{HUB}/data")
    with pytest.raises(SourceError, match=rf"^{HUB}/data cannot be read: HTTP 401.*has expired"):
        failed.fingerprint()


def test_a_gated_dataset_names_the_page_with_its_terms(corpus: HubServer) -> None:
    corpus.gated = True
    with pytest.raises(SourceError) as error:
        list(opened(f"{HUB}/data/c").read())
    assert f"is gated (HTTP 403). Accept its terms at {corpus.url}/datasets/owner/code" in str(
        error.value
    )


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("hf://datasets/owner/absent", "does not exist, or is private and HF_TOKEN"),
        (f"{HUB}@v9/data", "has no such revision; see"),
        (f"{HUB}/nothing", "there is no dataset at hf://datasets/owner/code/nothing"),
        (f"{HUB}/README.md", r"the name of one ends with \.parquet, \.jsonl"),
        (f"{HUB}/absent/*.parquet", "no such file or folder"),
    ],
)
@pytest.mark.usefixtures("corpus")
def test_what_is_not_on_the_hub(address: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        opened(address).fingerprint()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("hf://datasets/owner", r"write hf://datasets/OWNER/NAME\[@REVISION\]"),
        ("hf://owner/model", "only datasets can be read"),
        ("ftp://host/a.parquet", "an address begins with hf://, s3://"),
        ("file:///a.parquet", "a file or folder on this machine is given as a path"),
        ("https://[x/a.parquet", "is no valid address"),
        ("s3://", "write s3://BUCKET/path"),
        ("s3://key:secret@bucket/a", "without a user or password"),
        ("az://container/a", "AZURE_STORAGE_ACCOUNT_NAME"),
    ],
)
def test_addresses_that_are_invalid(
    address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT", raising=False)
    with pytest.raises(InputError, match=message) as error:
        open_sources(address)
    assert "secret" not in str(error.value)


def test_a_listing_without_end_is_cut(corpus: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MOST_FILES", 50)

    def endless_listing(handler: Any, request: Request) -> bool:
        if "/tree/" not in request.path:
            return False
        file = {"type": "file", "path": "data/a.parquet", "size": 1, "oid": "a" * 40}
        handler.json([file] * 10, link=f'<{corpus.url}{request.path}>; rel="next"')
        return True

    corpus.fault = endless_listing
    with pytest.raises(SourceError, match="has more than 50 files; give folders in it"):
        opened(HUB).fingerprint()
    assert len(corpus.requests) < 10


@pytest.mark.parametrize("answer", [b"no JSON", b"[1, 2]", b"{}", b"null"])
def test_a_hub_that_answers_nonsense(corpus: HubServer, answer: bytes) -> None:
    def nonsense(handler: Any, _request: Request) -> bool:
        handler.answer(200, answer)
        return True

    corpus.fault = nonsense
    with pytest.raises(SourceError, match=rf"^{HUB}/data.*(no usable answer|no dataset)"):
        opened(f"{HUB}/data").fingerprint()


def test_a_hub_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_ATTEMPTS", 2)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(SourceError, match=rf"^{HUB} cannot be read: no answer from .*2 attempts"):
        opened(HUB).fingerprint()


@pytest.mark.parametrize("path", ["", "/data/python/train-1.parquet"])
def test_a_hub_that_is_overloaded_is_asked_again(corpus: HubServer, path: str) -> None:
    overloaded = iter((503, 429, 502))

    def fails(handler: Any, request: Request) -> bool:
        status = None if "/tree/" in request.path else next(overloaded, None)
        if status is not None:
            handler.answer(status)
        return status is not None

    corpus.fault = fails
    assert len(open_sources(HUB + path)) == (1 if path else 6)
    assert next(overloaded, None) is None


def test_a_web_file_without_a_tag_may_have_changed(web: FileServer) -> None:
    web.files["/a.parquet"] = parquet(0, 5)

    def without_tag(handler: Any, request: Request) -> bool:
        content = web.files[request.path]
        start, stop = request.start or 0, min(request.stop or len(content), len(content))
        handler.answer(
            206, content[start:stop], content_range=f"bytes {start}-{stop - 1}/{len(content)}"
        )
        return True

    address = f"{web.url}/a.parquet"
    assert opened(address).fingerprint() == opened(address).fingerprint()
    web.fault = without_tag
    assert opened(address).fingerprint() != opened(address).fingerprint()


def test_a_part_is_not_cut_from_other_sources_than_its_siblings(
    corpus: HubServer, tmp_path: Path, whence: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_SMALLEST", 5000)
    corpus.fault = refusing(404)
    code, _, said = whence("index", f"{HUB}/data", "--part", "1/3", "--to", tmp_path / "index")
    assert code == 2
    assert "All parts have to be cut from the same sources" in said
    assert not (tmp_path / "index").exists()


def test_patterns() -> None:
    paths = ["a.parquet", "data/a.parquet", "data/b/a.parquet", "data/b/c.jsonl"]

    def matching(pattern: str) -> list[str]:
        return [path for path in paths if Pattern(pattern).matches(path)]

    assert matching("*.parquet") == paths[:1]
    assert matching("data/*.parquet") == paths[1:2]
    assert matching("data/**/*.parquet") == paths[1:3]
    assert matching("**/c.*") == paths[3:]
    assert matching("data/[!a]/[ac].p?rquet") == paths[2:3]
    assert Pattern("data/x*/[ab]/c").folder == "data"
    assert Pattern("data/x/").folder == "data/x"
    with pytest.raises(
        InputError, match=r"\[z-a\] is not a valid pattern: bad character range z-a"
    ):
        Pattern("[z-a]")
