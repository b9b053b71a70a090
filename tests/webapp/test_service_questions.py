"""`POST /api/v1/engine/questions`: a reply to each question, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import zstandard
from flask.testing import FlaskClient
from httpx2._decoders import SUPPORTED_DECODERS, ContentDecoder
from werkzeug.test import TestResponse

from attribution.errors import IndexDamagedError, IndexUnavailableError
from attribution.index import open_index
from attribution.index.interface import Index, WordQuery
from attribution.index.service import connection, wire
from attribution.index.service import index as service_index
from attribution.index.service.address import ServiceAccess
from attribution.index.service.connection import Connection
from attribution.index.service.index import ServiceIndex
from attribution.sketching.sketch import Sketch
from attribution.sketching.sketcher import sketch_query
from audit.checking.checker import Checker
from audit.checking.settings import CheckSettings
from audit.types import Item
from benchmarks.served import serving
from tests.support.audit_index import indexed_function, make_index
from tests.support.service_engine import connection_to
from webapp.app import create_app
from webapp.gates import BusyError
from webapp.guards.keys import KeyFile
from webapp.services import EXTENSION, Services
from webapp.settings import ServeSettings


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_index(tmp_path_factory.mktemp("index") / "index"))


@pytest.fixture
def index(location: str) -> Iterator[Index]:
    with open_index(location) as index:
        yield index


@pytest.fixture
def client(location: str) -> FlaskClient:
    return create_app(ServeSettings(index=location)).test_client()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[wire.Questions]:
    """What clients of this test send."""
    sent: list[wire.Questions] = []

    def recording(message: object, *, near: bool = False) -> bytes:
        if isinstance(message, wire.Questions):
            sent.append(message)
        return wire.encode(message, near=near)

    monkeypatch.setattr(connection, "encode", recording)
    return sent


def services_of(client: FlaskClient) -> Services:
    services = client.application.extensions[EXTENSION]
    assert isinstance(services, Services)
    return services


def sketch_of(number: int, index: Index) -> Sketch:
    return sketch_query(indexed_function(number).encode(), ("python",), index.params)


def post(client: FlaskClient, *questions: wire.Question) -> TestResponse:
    return client.post(
        wire.QUESTIONS,
        data=wire.encode(wire.Questions(questions)),
        content_type=wire.CONTENT_TYPE,
    )


def replies_of(response: TestResponse) -> list[wire.Answer]:
    assert response.status_code == 200
    assert response.headers["Content-Encoding"] == "zstd"
    replies = list(wire.decode_each([response.data], wire.Reply, 1 << 30))
    assert [reply.number for reply in replies] == list(range(len(replies)))
    return [reply.answer for reply in replies]


def kinds_of(answers: list[wire.Answer]) -> list[str]:
    return [
        answer.kind if isinstance(answer, wire.Refusal) else type(answer).__name__
        for answer in answers
    ]


def test_each_question_gets_its_answer_or_why_not(client: FlaskClient, index: Index) -> None:
    sketch = sketch_of(3, index)
    best = index.propose(sketch).candidates[0].document
    message = wire.SketchMessage.of(sketch)
    answers = replies_of(
        post(
            client,
            wire.ProposeRequest(message, 64, False, 2),
            wire.ProposeRequest(
                wire.SketchMessage(b"odd", b"", b"", b"", b"", b"", (), 9), 1, False
            ),
            wire.FetchRequest((best, "0" * 40)),
            wire.OccurrencesRequest((best,)),
        )
    )
    assert kinds_of(answers) == [
        "ProposeAnswer", "input", "FetchAnswer", "OccurrencesAnswer"
    ]  # fmt: skip
    proposal, _, documents, occurrences = answers
    assert isinstance(proposal, wire.ProposeAnswer)
    assert proposal.candidates == index.propose(sketch).candidates
    assert proposal.documents[0].id == best
    assert isinstance(documents, wire.FetchAnswer)
    assert [one and one.id for one in documents.documents] == [best, None]
    assert isinstance(occurrences, wire.OccurrencesAnswer)
    assert occurrences.occurrences == (index.occurrences(best),)


def test_a_bug_in_one_question_leaves_the_others(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    index = services_of(client).index()

    def fails(*_: object) -> None:
        raise ZeroDivisionError("secret code")

    monkeypatch.setattr(index, "fetch", fails)
    occurrences, fetch = wire.OccurrencesRequest(()), wire.FetchRequest(())
    answers = replies_of(post(client, occurrences, fetch, occurrences))
    assert kinds_of(answers) == ["OccurrencesAnswer", "internal", "OccurrencesAnswer"]
    assert "secret" not in str(answers)
    assert [record.message for record in caplog.records if record.exc_info] == ["bug"]
    assert kinds_of(replies_of(post(client, fetch))) == ["internal"]


def test_a_busy_service_refuses_all_or_the_rest(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookups = services_of(client).lookups
    acquire = lookups.acquire
    left = 2

    def busy(name: str = "") -> None:
        nonlocal left
        if left == 0:
            raise BusyError("9 wait", retry_after=1.5)
        left -= 1
        acquire(name)

    monkeypatch.setattr(lookups, "acquire", busy)
    question = wire.OccurrencesRequest(())
    answers = replies_of(post(client, question, question, question))
    assert kinds_of(answers) == ["OccurrencesAnswer", "OccurrencesAnswer", "busy"]
    assert answers[2] == wire.Refusal(503, "busy", "9 wait", 1.5)
    response = post(client, question, question)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")


def test_a_first_question_that_fails_leaves_the_others(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise IndexDamagedError("a frame is damaged")

    monkeypatch.setattr(services_of(client).index(), "fetch", damaged)
    answers = replies_of(post(client, wire.FetchRequest(()), wire.OccurrencesRequest(())))
    assert kinds_of(answers) == ["index-damaged", "OccurrencesAnswer"]


@pytest.mark.parametrize(
    ("questions", "where"),
    [
        ([wire.FetchRequest(())] * 65, "`$.questions`"),
        ([wire.FetchRequest(("0" * 40,) * 65)], "`$.questions[0].documents`"),
        ([wire.OccurrencesRequest(("0" * 40,) * 65)], "`$.questions[0].documents`"),
    ],
)
def test_too_many_questions_or_documents_are_refused(
    client: FlaskClient, questions: list[wire.Question], where: str
) -> None:
    assert replies_of(post(client)) == []
    response = post(client, *questions)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["detail"].endswith(f"Expected `array` of length <= 64 - at {where}")


def test_a_message_that_is_large_when_it_is_unpacked_takes_its_turn(location: str) -> None:
    settings = ServeSettings(index=location, max_body=2000, lookups=1, patience_seconds=0.1)
    client = create_app(settings).test_client()
    gate = services_of(client).large_bodies
    question = wire.OccurrencesRequest(("0" * 40,) * 64)
    assert len(wire.encode(wire.Questions((question,)))) < 200
    for _ in range(gate.active_limit):
        gate.acquire()
    assert post(client, question).status_code == 503
    assert kinds_of(replies_of(post(client, wire.OccurrencesRequest(())))) == ["OccurrencesAnswer"]
    gate.release()
    assert kinds_of(replies_of(post(client, question))) == ["OccurrencesAnswer"]
    assert gate.active == gate.active_limit - 1


def test_a_client_that_goes_frees_its_turn(client: FlaskClient) -> None:
    response = post(client, *[wire.OccurrencesRequest(())] * 3)
    stream = response.iter_encoded()
    assert next(stream)
    response.close()
    assert services_of(client).lookups.active == 0


def test_a_proposal_is_used_again_for_a_moment(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    with open_index(location) as index:
        link = connection_to(index)
        look_up = link.look_up

        def counting(question: wire.Question, kind: type[Any]) -> tuple[Any, str]:
            asked.append(type(question).__name__)
            return look_up(question, kind)

        monkeypatch.setattr(link, "look_up", counting)
        there, sketch = ServiceIndex(link), sketch_of(3, index)
        first, again = there.propose(sketch), there.propose(sketch)
        assert first.candidates == again.candidates == index.propose(sketch).candidates
        assert first.raw_df is not again.raw_df  # each caller has its own
        assert asked == ["ProposeRequest"]
        there.propose(sketch, limit=1)
        assert len(asked) == 2  # another question
        monkeypatch.setattr(service_index, "_FRESH_SECONDS", 0.0)
        there.propose(sketch)
        assert len(asked) == 3
        monkeypatch.undo()
        monkeypatch.setattr(link, "look_up", counting)
        there._notice("another state")  # code may have been removed
        there.propose(sketch)
        assert len(asked) == 4


def test_proposals_asked_for_ahead_come_in_one_request(
    location: str, sent: list[wire.Questions]
) -> None:
    with open_index(location) as index:
        there = ServiceIndex(connection_to(index))
        sketches = [sketch_of(number, index) for number in (3, 4, 5)]
        there.propose_ahead([(sketches[0], 64)])
        assert sent == []  # it is as good to ask later
        there.propose_ahead([(sketch, 64) for sketch in sketches])
        for sketch in sketches:
            assert there.propose(sketch).candidates == index.propose(sketch).candidates
        assert [len(message.questions) for message in sent] == [3]
        there.propose_ahead([(sketch, 64) for sketch in sketches])  # all are known
        assert len(sent) == 1


def test_a_slow_answer_is_fresh_when_it_arrives(
    location: str, sent: list[wire.Questions], monkeypatch: pytest.MonkeyPatch
) -> None:
    # asked, arrived, used, used too late, arrived
    times = iter([100.0, 130.0, 139.0, 141.0, 160.0])
    monkeypatch.setattr(service_index, "_now", lambda: next(times))
    with open_index(location) as index:
        there = ServiceIndex(connection_to(index))
        sketch = sketch_of(3, index)
        there.propose(sketch)
        there.propose(sketch)
        assert len(sent) == 1
        there.propose(sketch)
        assert len(sent) == 2


def proposals_in(sent: list[wire.Questions]) -> list[int]:
    return [
        sum(isinstance(one, wire.ProposeRequest) for one in message.questions) for message in sent
    ]


def test_an_audit_asks_for_all_windows_of_a_file_at_once(
    location: str, sent: list[wire.Questions]
) -> None:
    settings = CheckSettings(window_tokens=200, overlap_lines=0)
    code = "\n".join(map(indexed_function, range(3, 9))).encode()
    item = Item("long.py", code, "Python")
    with open_index(location) as index:
        there = Checker(ServiceIndex(connection_to(index)), settings).check(item)
        assert there == Checker(index, settings).check(item)
    assert len(there.passages) > 1
    first, *others = proposals_in(sent)
    assert first > 4
    assert not any(others)


def test_an_audit_asks_for_all_files_of_a_batch_at_once(
    location: str, sent: list[wire.Questions]
) -> None:
    items = [
        Item(f"{number}.py", indexed_function(number).encode(), "Python") for number in range(3, 9)
    ]
    items.append(Item("empty.py", b"", "Python"))
    with open_index(location) as index:
        checker = Checker(ServiceIndex(connection_to(index)))
        read = [checker.read(item) for item in items]
        checker.expect(read)
        assert [checker.check(one) for one in read] == list(map(Checker(index).check, items))
    first, *others = proposals_in(sent)
    assert first == 6
    assert not any(others)


def test_a_refusal_ahead_is_left_to_the_proposal(index: Index) -> None:
    there = ServiceIndex(connection_to(index))
    sketches = [sketch_of(number, index) for number in (3, 4)]
    with mock.patch.object(type(index), "propose", side_effect=IndexUnavailableError("it is away")):
        there.propose_ahead([(sketch, 64) for sketch in sketches])
        with pytest.raises(IndexUnavailableError, match="it is away"):
            there.propose(sketches[0])
    assert there.propose(sketches[0]).candidates


def test_documents_that_the_client_has_are_not_sent_along(
    client: FlaskClient, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    sketch = sketch_of(3, index)
    question = wire.ProposeRequest(wire.SketchMessage.of(sketch), 64, False, 2)

    def answer(known: bytes) -> TestResponse:
        message = wire.Questions((question,), known=known)
        return client.post(
            wire.QUESTIONS, data=wire.encode(message), content_type=wire.CONTENT_TYPE
        )

    def sent_along(known: bytes) -> list[str]:
        (proposal,) = replies_of(answer(known))
        assert isinstance(proposal, wire.ProposeAnswer)
        return [document.id for document in proposal.documents]

    first, *others = sent_along(b"")
    head = bytes.fromhex(first)[: wire.HEAD]
    assert sent_along(head) == others
    assert sent_along(b"other id" + head + b"cut") == others
    assert sent_along(head[:-1]) == [first, *others]
    assert answer(head * (wire.MOST_KNOWN + 1)).status_code == 400
    there = ServiceIndex(connection_to(index))
    assert there._connection.known() == b""
    there.propose(sketch)
    heads = there._connection.known()
    assert head in {heads[at : at + wire.HEAD] for at in range(0, len(heads), wire.HEAD)}
    monkeypatch.setattr(service_index, "MOST_KNOWN", 1)
    assert len(there._connection.known()) == wire.HEAD
    assert there.fetch([first]) == index.fetch([first])


@pytest.mark.parametrize("large", [False, True])
def test_what_is_kept_of_proposals_is_bounded_in_bytes(
    location: str, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    with open_index(location) as index:
        sketch = sketch_of(3, index)
        if large:
            size = 300 * len(index.propose(sketch).candidates)
            monkeypatch.setattr(service_index, "_PROPOSAL_BYTES", size)
        there = ServiceIndex(connection_to(index))
        there.propose(sketch)
        assert len(there._proposals._values) == (0 if large else 1)


def test_what_was_read_before_a_change_is_not_kept_after_it(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_index(location) as index:
        there = ServiceIndex(connection_to(index))
        look_up, sketch = there._look_up, sketch_of(3, index)

        def overtaken(question: wire.Question, kind: type[Any]) -> Any:
            answer = look_up(question, kind)
            there._notice("another state")  # in another thread: code was removed
            return answer

        monkeypatch.setattr(there, "_look_up", overtaken)
        best = there.propose(sketch).candidates[0].document
        there.fetch([best])
        there.occurrences(best)
        for recent in (there._proposals, there._documents, there._occurrences):
            assert len(recent._values) == 0


class _Zstd(ContentDecoder):
    """What httpx2 uses by itself where Python or a package has zstd."""

    def __init__(self) -> None:
        self._each = zstandard.ZstdDecompressor().decompressobj()

    def decode(self, data: bytes) -> Iterator[bytes]:
        yield self._each.decompress(data)

    def flush(self) -> Iterator[bytes]:
        yield b""


def test_an_http_library_that_unpacks_answers_is_no_hindrance(
    location: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SUPPORTED_DECODERS, "zstd", _Zstd)
    with (
        serving(tmp_path, "--index", location) as service,
        ServiceIndex(Connection(service.address)) as there,
    ):
        query = WordQuery(words=("return",))
        assert list(there.search(query)) == list(index.search(query))
        assert there.similar_names("an") == index.similar_names("an")
        assert there.propose(sketch_of(3, index)).candidates


ROUTES = {
    "snippet": ("/api/v1/attributions", {"code": "x = 1"}),
    "batch": ("/api/v1/attributions/batch", {"snippets": [{"code": None}, {"code": "x = 1"}]}),
    "overlap": ("/overlap", {"document": "x = 1"}),
}


@pytest.mark.parametrize("verb", ["propose", "search", "page", *ROUTES])
def test_what_gets_no_turn_takes_nothing_from_a_quota(
    location: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    keys = KeyFile(tmp_path / "keys")
    client = create_app(ServeSettings(index=location, keys=keys.path)).test_client()
    client.environ_base["HTTP_X_API_KEY"] = keys.add(
        "ci", quota="2/day" if verb == "batch" else "1/day"
    )
    sketch = wire.SketchMessage.of(sketch_of(3, index))

    def status() -> int:
        if verb in ROUTES:
            route, body = ROUTES[verb]
            return client.post(route, json=body).status_code
        if verb == "page":
            return client.get("/api/v1/search?q=return").status_code
        if verb == "propose":
            response = post(client, wire.ProposeRequest(sketch, 64, False))
            if response.status_code != 200:
                return response.status_code
            (answer,) = replies_of(response)
            return answer.status if isinstance(answer, wire.Refusal) else 200
        request = wire.SearchRequest(WordQuery(words=("return",)), 3, 5.0)
        path, data = f"{wire.ROUTE}/search", wire.encode(request)
        return client.post(path, data=data, content_type=wire.CONTENT_TYPE).status_code

    def busy(_: str = "") -> None:
        raise BusyError("9 wait", retry_after=1.5)

    with monkeypatch.context() as patch:
        for gate in (services_of(client).lookups, services_of(client).searches):
            patch.setattr(gate, "acquire", busy)
        assert status() == 503
    assert [status(), status()] == [200, 429]


@pytest.mark.parametrize(("limit", "answered"), [("3/hour", 3), (None, 5)])
def test_a_rate_limit_of_a_key_counts_each_question(
    location: str, tmp_path: Path, limit: str | None, answered: int
) -> None:
    keys = KeyFile(tmp_path / "keys")
    settings = ServeSettings(index=location, keys=keys.path, rate_limit="2/hour")
    client = create_app(settings).test_client()
    client.environ_base["HTTP_X_API_KEY"] = keys.add("ci", rate_limit=limit)
    answers = replies_of(post(client, *[wire.OccurrencesRequest(())] * 5))
    expected = ["OccurrencesAnswer"] * answered + ["rate-limited"] * (5 - answered)
    assert kinds_of(answers) == expected


def test_an_exhausted_quota_refuses_proposals_only(
    location: str, index: Index, tmp_path: Path
) -> None:
    keys = KeyFile(tmp_path / "keys")
    client = create_app(ServeSettings(index=location, keys=keys.path)).test_client()
    client.environ_base["HTTP_X_API_KEY"] = keys.add("ci", quota="1/day")
    proposal = wire.ProposeRequest(wire.SketchMessage.of(sketch_of(3, index)), 64, False)
    assert kinds_of(replies_of(post(client, proposal))) == ["ProposeAnswer"]
    answers = replies_of(post(client, proposal, wire.OccurrencesRequest(())))
    assert kinds_of(answers) == ["rate-limited", "OccurrencesAnswer"]


def test_a_quota_counts_each_snippet(location: str, index: Index, tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys")
    key = keys.add("ci", quota="3/day")
    with serving(tmp_path, "--index", location, "--keys", str(keys.path)) as service:
        there = ServiceIndex(Connection(service.address, ServiceAccess(key=key, patience=0)))

        def propose(number: int) -> object:
            try:
                return there.propose(sketch_of(number, index)).candidates[0].document
            except IndexUnavailableError as error:
                return str(error)

        with there, ThreadPoolExecutor(5) as pool:
            found = list(pool.map(propose, range(5)))
        expected = [index.propose(sketch_of(n, index)).candidates[0].document for n in range(5)]
        answered = [mine for mine, theirs in zip(found, expected, strict=True) if mine == theirs]
        refused = [str(mine) for mine in found if mine not in answered]
        assert len(answered) == 3 and len(refused) == 2
        assert all("3 look-ups in 86400 s are allowed" in reason for reason in refused)
        log = service.log.read_text()
    assert "Traceback" not in log
