"""The messages between a client and a service: MessagePack, compressed with zstd.

Names of files may contain lone surrogates, which MessagePack cannot carry. A message with one is
JSON instead; the first byte shows which it is.

`GET {ROUTE}` returns `Greeting` as JSON. `POST {QUESTIONS}` takes the `Questions` of look-ups, and
returns a `Reply` to each, in their order and as soon as it is known; each is compressed apart.
`POST {ROUTE}/VERB` takes any other request and returns its answer, one verb per method of `Index`.
Each answer has the state of the index, in the reply or in the header STATE: another value means
that the index has changed. Like JSON answers, messages may get new fields, but none is renamed or
removed; PROTOCOL is raised if that cannot be kept.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
import zstandard
from numpy.typing import DTypeLike, NDArray

from attribution.errors import InputError
from attribution.index.interface import Candidate, Proposal, WordHit, WordQuery
from attribution.sketching.sketch import Sketch, SketchParams
from attribution.types import Document, IndexSummary, Occurrence, OptOut

__all__ = [
    "CONTENT_TYPE",
    "ENCODING",
    "HEAD",
    "MOST_CANDIDATES",
    "MOST_DOCUMENTS",
    "MOST_HITS",
    "MOST_KNOWN",
    "MOST_QUESTIONS",
    "MOST_SENT_ALONG",
    "PROTOCOL",
    "QUESTIONS",
    "ROUTE",
    "SERVICE",
    "STATE",
    "Answer",
    "FetchAnswer",
    "FetchRequest",
    "Greeting",
    "Hit",
    "OccurrencesAnswer",
    "OccurrencesRequest",
    "OwnerRequest",
    "PreviewRequest",
    "ProposeAnswer",
    "ProposeRequest",
    "Question",
    "Questions",
    "Refusal",
    "Reply",
    "SearchAnswer",
    "SearchRequest",
    "StoredDocument",
    "decode",
    "decode_each",
    "encode",
    "size_of",
    "state_of",
    "unpacked_size",
]

ROUTE = "/api/v1/engine"
QUESTIONS = f"{ROUTE}/questions"
PROTOCOL = 2
SERVICE = "whence"
CONTENT_TYPE = "application/msgpack"
STATE = "X-Whence-Index"
ENCODING = "zstd"  # of bodies, as Content-Encoding

MOST_QUESTIONS = 64  # of one request
MOST_DOCUMENTS = 64  # that one request fetches
MOST_CANDIDATES = 1024  # of a proposal
MOST_SENT_ALONG = 8  # documents with a proposal
MOST_HITS = 2000  # of a search, with their texts
_MOST_TOKENS = 1 << 26
_NEAR_LEVEL = -1000  # of zstd: copies, as compressing takes longer than loopback does
HEAD = 8  # first bytes of a document's id
MOST_KNOWN = 300  # documents that the client of a request may have

Message = TypeVar("Message")


class Greeting(msgspec.Struct, frozen=True):
    """What a service says about itself; shows that an address is that of one."""

    service: str
    protocol: int
    release: str
    summary: IndexSummary
    params: dict[str, int]


class SketchMessage(msgspec.Struct, frozen=True):
    """A Sketch; arrays are little-endian bytes."""

    raw: bytes
    raw_positions: bytes
    renamed: bytes
    renamed_positions: bytes
    minhash: bytes
    bands: bytes
    words: tuple[str, ...]
    tokens: int

    @classmethod
    def of(cls, sketch: Sketch) -> SketchMessage:
        """The message for a sketch."""
        return cls(
            raw=_bytes(sketch.raw, "<u8"),
            raw_positions=_bytes(sketch.raw_positions, "<u4"),
            renamed=_bytes(sketch.renamed, "<u8"),
            renamed_positions=_bytes(sketch.renamed_positions, "<u4"),
            minhash=_bytes(sketch.minhash, "<u4"),
            bands=_bytes(sketch.bands, "<u8"),
            words=sketch.words,
            tokens=int(sketch.tokens),
        )

    def sketch(self, params: SketchParams) -> Sketch:
        """The sketch, checked: kernels trust the shapes of their arrays.

        Raises:
            InputError: it is no sketch with these parameters.
        """
        if not 0 <= self.tokens < _MOST_TOKENS:
            raise InputError(f"a sketch of {self.tokens} tokens is not possible")
        raw, raw_positions = self._grams("raw", self.raw, self.raw_positions, params)
        renamed, renamed_positions = self._grams(
            "renamed", self.renamed, self.renamed_positions, params
        )
        minhash, bands = _array(self.minhash, np.uint32), _array(self.bands, np.uint64)
        if len(minhash) not in (0, params.permutations) or len(bands) not in (0, params.bands):
            raise InputError(
                f"the sketch has {len(minhash)} MinHash values and {len(bands)} bands, the index "
                f"{params.permutations} and {params.bands}"
            )
        return Sketch(
            raw, raw_positions, renamed, renamed_positions, minhash, bands, self.words, self.tokens
        )

    def _grams(
        self, name: str, fingerprints: bytes, positions: bytes, params: SketchParams
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        values, at = _array(fingerprints, np.uint64), _array(positions, np.uint32)
        if (
            len(values) != len(at)
            or bool((values[1:] <= values[:-1]).any())
            or bool((values >> np.uint64(params.fingerprint_bits)).any())
            or bool((at >= max(self.tokens, 1)).any())
        ):
            raise InputError(
                f"the {name} fingerprints of the sketch are not distinct, ascending numbers of "
                f"{params.fingerprint_bits} bits, each with a position in its {self.tokens} tokens"
            )
        return values, at


class StoredDocument(msgspec.Struct, frozen=True):
    """A Document. Its signature is not sent: it can be computed."""

    id: str
    language: str
    content: bytes

    @classmethod
    def of(cls, document: Document) -> StoredDocument:
        """The message for a document."""
        return cls(document.id, document.language, document.content)

    def document(self) -> Document:
        """The document."""
        return Document(self.id, self.language, self.content)


class ProposeRequest(msgspec.Struct, frozen=True, tag="propose"):
    """The arguments of `Index.propose`."""

    sketch: SketchMessage
    limit: int
    lexical: bool
    documents: int = 0  # of the best candidates, to send along


class ProposeAnswer(msgspec.Struct, frozen=True, tag="proposal"):
    """A Proposal."""

    candidates: tuple[Candidate, ...]
    raw_df: bytes
    renamed_df: bytes
    word_df: bytes
    incomplete: str | None = None
    documents: tuple[StoredDocument, ...] = ()  # of the best candidates

    @classmethod
    def of(cls, proposal: Proposal, documents: tuple[StoredDocument, ...]) -> ProposeAnswer:
        """The message for a proposal."""
        return cls(
            proposal.candidates,
            _bytes(proposal.raw_df, "<u4"),
            _bytes(proposal.renamed_df, "<u4"),
            _bytes(proposal.word_df, "<u4"),
            proposal.incomplete,
            documents,
        )

    def proposal(self) -> Proposal:
        """The proposal."""
        return Proposal(
            self.candidates,
            _array(self.raw_df, np.uint32),
            _array(self.renamed_df, np.uint32),
            _array(self.word_df, np.uint32),
            self.incomplete,
        )


class FetchRequest(msgspec.Struct, frozen=True, tag="fetch"):
    """Ids of documents to return."""

    documents: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_DOCUMENTS)]


class FetchAnswer(msgspec.Struct, frozen=True, tag="documents"):
    """Documents in the order of the request."""

    documents: tuple[StoredDocument | None, ...]
    lacking: str | None = None  # what did not answer


class OccurrencesRequest(msgspec.Struct, frozen=True, tag="occurrences"):
    """Ids of documents whose occurrences to return."""

    documents: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_DOCUMENTS)]


class OccurrencesAnswer(msgspec.Struct, frozen=True, tag="occurrences"):
    """The occurrences of each document of the request."""

    occurrences: tuple[tuple[Occurrence, ...], ...]
    lacking: str | None = None  # what did not answer


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """Why one question is not answered: a problem document (webapp/problems.py)."""

    status: int
    kind: str
    detail: str
    retry_after: float | None  # seconds


Question = ProposeRequest | FetchRequest | OccurrencesRequest
Answer = ProposeAnswer | FetchAnswer | OccurrencesAnswer | Refusal


class Questions(msgspec.Struct, frozen=True):
    """What look-ups ask at the same time."""

    questions: Annotated[tuple[Question, ...], msgspec.Meta(max_length=MOST_QUESTIONS)]
    near: bool = False  # whether the client is on the same machine, so that time matters, not size
    # the first HEAD bytes of each document that need not be sent along
    known: Annotated[bytes, msgspec.Meta(max_length=HEAD * MOST_KNOWN)] = b""


class Reply(msgspec.Struct, frozen=True):
    """The answer to one of several questions."""

    number: int  # of the question, from 0
    state: str  # of the index
    answer: Answer


class SearchRequest(msgspec.Struct, frozen=True):
    """The arguments of `Index.search`."""

    query: WordQuery
    limit: int
    seconds: float  # after which the search ends


class Hit(msgspec.Struct, frozen=True):
    """A WordHit."""

    document: StoredDocument
    occurrences: tuple[Occurrence, ...]
    ranked_lines: tuple[int, ...]
    score: float

    @classmethod
    def of(cls, hit: WordHit) -> Hit:
        """The message for a hit."""
        document = StoredDocument.of(hit.document)
        return cls(document, hit.occurrences, tuple(map(int, hit.ranked_lines)), float(hit.score))

    def hit(self) -> WordHit:
        """The hit."""
        return WordHit(self.document.document(), self.occurrences, self.ranked_lines, self.score)


class SearchAnswer(msgspec.Struct, frozen=True):
    """Hits, best first."""

    hits: tuple[Hit, ...]
    stopped: bool  # the time was over before all were found
    lacking: str | None = None  # what did not answer


class OwnerRequest(msgspec.Struct, frozen=True):
    """The argument of `Index.membership` and of `Index.similar_names`."""

    name: str


class PreviewRequest(msgspec.Struct, frozen=True):
    """The arguments of `Index.preview_removal`."""

    opt_outs: tuple[OptOut, ...]
    limit: int


class _Zstd(threading.local):
    """The compressor of a thread: making one takes longer than compressing a message."""

    def __init__(self) -> None:
        self.pack = zstandard.ZstdCompressor(level=1).compress
        self.pack_near = zstandard.ZstdCompressor(level=_NEAR_LEVEL).compress
        self.unpack = zstandard.ZstdDecompressor().decompress


_zstd = _Zstd()


def encode(message: object, *, near: bool = False) -> bytes:
    """A message as a compressed body.

    Args:
        near: whether it stays on this machine.
    """
    try:
        packed = msgspec.msgpack.encode(message, enc_hook=_plain)
    except UnicodeEncodeError:
        packed = json.dumps(msgspec.to_builtins(message, enc_hook=_plain)).encode()
    return _zstd.pack_near(packed) if near else _zstd.pack(packed)


def decode(body: bytes, kind: type[Message], limit: int) -> Message:
    """The message in a compressed body.

    Args:
        limit: bytes that it may have when it is decompressed.

    Raises:
        InputError: it is no such message, or longer.
    """
    size = unpacked_size(body)
    if not 0 <= size <= limit:
        raise InputError(f"the message has {size} bytes, the limit is {limit}")
    try:
        packed = _zstd.unpack(body)
    except zstandard.ZstdError as error:
        raise _unreadable(error) from error
    return _unpacked(packed, kind)


def unpacked_size(body: bytes) -> int:
    """How many bytes the message in a compressed body has; negative if the body does not say.

    Raises:
        InputError: it is no such body.
    """
    try:
        return zstandard.frame_content_size(body)
    except zstandard.ZstdError as error:
        raise _unreadable(error) from error


def decode_each(chunks: Iterable[bytes], kind: type[Message], limit: int) -> Iterator[Message]:
    """The messages in a body that follow each other, each as soon as it has arrived.

    One that is cut off at the end is left out.

    Args:
        limit: bytes that one may have when it is decompressed.

    Raises:
        InputError: one is no such message, or longer.
    """
    each = zstandard.ZstdDecompressor()
    unpacker, packed = each.decompressobj(), bytearray()
    for chunk in chunks:
        rest = chunk
        while rest:
            try:
                packed += unpacker.decompress(rest)
            except zstandard.ZstdError as error:
                raise _unreadable(error) from error
            if len(packed) > limit:
                raise InputError(f"the message has more than {limit} bytes, which is the limit")
            rest = unpacker.unused_data if unpacker.eof else b""
            if unpacker.eof:
                yield _unpacked(packed, kind)
                unpacker, packed = each.decompressobj(), bytearray()


def size_of(question: Question) -> int:
    """About how many bytes a question has."""
    if isinstance(question, ProposeRequest):
        sketch = question.sketch
        arrays = (
            sketch.raw, sketch.raw_positions, sketch.renamed, sketch.renamed_positions,
            sketch.minhash, sketch.bands, *sketch.words,
        )  # fmt: skip
        return sum(map(len, arrays))
    return sum(map(len, question.documents))


def _unpacked(packed: bytes | bytearray, kind: type[Message]) -> Message:
    try:
        if packed.startswith((b"{", b"[")):
            return msgspec.convert(json.loads(packed), kind)
        return msgspec.msgpack.decode(packed, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> InputError:
    return InputError(f"the message cannot be read: {error}")


@lru_cache(maxsize=16)
def state_of(summary: IndexSummary) -> str:
    """A text that changes when the index changes or is rebuilt: the value of STATE."""
    return hashlib.blake2b(repr(astuple(summary)).encode(), digest_size=8).hexdigest()


def _bytes(values: NDArray[Any], dtype: str) -> bytes:
    return values.astype(dtype, copy=False).tobytes()


def _array(data: bytes, dtype: DTypeLike) -> NDArray[Any]:
    """An array of ours: a view of the message could not be written to."""
    try:
        return np.frombuffer(data, np.dtype(dtype).newbyteorder("<")).astype(dtype)
    except ValueError as error:
        raise InputError(f"an array of the message is cut off: {error}") from error


def _plain(value: object) -> object:
    """The Python number of a number of numpy's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a {type(value).__name__} cannot be sent")
