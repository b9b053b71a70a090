"""Serving on standard input and output, with a reply to every request.

mcp drops a line that is not a valid message, and the agent would wait for its answer forever. The
usual cause is half a surrogate pair, which JavaScript writes as `\\ud83d` when it cuts a text. A
request whose id is neither a number nor a text is taken for a notification, and is refused here.
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

__all__ = ["StdioServer"]

_Message = SessionMessage | Exception
_ID = re.compile(r'"id"\s*:\s*[^\s"\d-]|"id"\s*:\s*-?\d+[.eE]')  # may be an invalid one


class _Lines(anyio.AsyncFile[str]):
    """The lines of the input; an empty object, which is no message, for one with an invalid id."""

    async def __aiter__(self) -> AsyncIterator[str]:
        async for line in super().__aiter__():
            yield "{}" if _ID.search(line) and _has_invalid_id(line) else line


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
