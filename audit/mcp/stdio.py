"""Serving on standard input and output, with a reply to every request.

mcp drops a line that is not a valid message, and the agent would wait for its answer forever. The
usual cause is half a surrogate pair, which JavaScript writes as `\\ud83d` when it cuts a text. A
request whose id is neither a number nor a text is taken for a notification, and is refused here.
So is a line over a limit, which mcp would read to its end.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import AsyncIterator

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, RequestId
from pydantic import ValidationError

from audit.reports.safe_text import without_surrogates

__all__ = ["MAX_LINE", "StdioServer"]

MAX_LINE = 16 << 20  # characters of a message: more than ten times the code that a call may have
_PIECE = 1 << 20  # characters that are read at once of what is skipped
_TOO_LONG = f"the message is longer than the limit of {MAX_LINE} characters"

_Message = SessionMessage | Exception
_ID = re.compile(r'"id"\s*:\s*[^\s"\d-]|"id"\s*:\s*-?\d+[.eE]')  # may be an invalid one


class _Lines(anyio.AsyncFile[str]):
    """The lines of the input, and instead of some of them JSON that is no message.

    That is an empty object for one with an invalid id, and `_TOO_LONG` for one over the limit.
    """

    async def __aiter__(self) -> AsyncIterator[str]:
        while line := await self._read(MAX_LINE):
            if len(line) == MAX_LINE and not line.endswith("\n"):
                while (rest := await self._read(_PIECE)) and not rest.endswith("\n"):
                    pass
                line = json.dumps(_TOO_LONG)
            yield "{}" if _ID.search(line) and _has_invalid_id(line) else line

    async def _read(self, most: int) -> str:
        """A line, or as much of it."""
        return await anyio.to_thread.run_sync(self.wrapped.readline, most)


def _has_invalid_id(line: str) -> bool:
    with contextlib.suppress(ValueError, RecursionError):
        message = json.loads(line)
        if isinstance(message, dict) and "id" in message and "method" in message:
            return type(message["id"]) not in (int, str)
    return False


class StdioServer(MCPServer[None]):
    """A server that also answers what is not a valid message."""

    async def run_stdio_async(self) -> None:
        """Serve until standard input ends."""
        server = self._lowlevel_server
        lines = _Lines(io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace"))
        valid, received = anyio.create_memory_object_stream[_Message]()
        async with stdio_server(stdin=lines) as (sent, replies), anyio.create_task_group() as tasks:
            tasks.start_soon(_answer_invalid, sent, valid, replies)
            await server.run(received, replies, server.create_initialization_options())


async def _answer_invalid(
    sent: ReadStream[_Message],
    valid: MemoryObjectSendStream[_Message],
    replies: WriteStream[SessionMessage],
) -> None:
    async with valid:
        async for item in sent:
            if not isinstance(item, ValidationError):
                await valid.send(item)
            elif reply := _reply(item):
                await replies.send(SessionMessage(reply))


def _reply(error: ValidationError) -> JSONRPCError | None:
    """The error to answer; None for an empty line."""
    details = error.errors()
    inputs = [detail["input"] for detail in details]
    code, message = INVALID_REQUEST, "this is not a message of JSON-RPC 2.0"
    if _TOO_LONG in inputs:
        message = _TOO_LONG
    if details[0]["type"] == "json_invalid":
        line = inputs.pop()
        if not line.strip():
            return None
        code, message = PARSE_ERROR, details[0]["msg"]
        with contextlib.suppress(ValueError, RecursionError):
            inputs.append(json.loads(line, strict=False))
    reason = ErrorData(code=code, message=f"{message}; nothing was checked")
    return JSONRPCError(jsonrpc="2.0", id=_id(inputs), error=reason)


def _id(inputs: list[object]) -> RequestId | None:
    """The id of the message, which is one of the invalid inputs."""
    for message in inputs:
        given = message.get("id") if isinstance(message, dict) else None
        if type(given) in (int, str) and without_surrogates(given) == given:
            return given
    return None
