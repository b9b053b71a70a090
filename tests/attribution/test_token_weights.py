"""Lines that are only an address weigh as little as prose."""

from __future__ import annotations

import time

import pytest

from attribution.lexing.lexer import lex
from attribution.matching.token_weights import token_weights

ADDRESS = "https://docs.acme.example/v1/reference/services/tool/client/start.html"


def is_code(line: str) -> bool:
    code = f"def start(self):\n{line}\n    return self.client\n".encode()
    tokens = lex(code, "python")
    weights, body = token_weights(code, tokens)
    inside = tokens.lines == 2
    assert inside.any()
    assert (weights[inside] > 0).all()
    return bool(body[inside].all())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (ADDRESS, False),
        (f"    [Show the documentation]({ADDRESS})", False),
        (f"    See: <{ADDRESS}>`_", False),
        (f'    self.get("{ADDRESS}")', True),
        (f"    url = {ADDRESS}", True),
        ("    self.get(address, start, client)", True),
    ],
)
def test_an_address_is_no_code(line: str, expected: bool) -> None:
    assert is_code(line) is expected


def test_many_addresses_take_little_time() -> None:
    for code in ("-" * 300_000 + " ", ". " * 200_000, "https://a ", "https://a\n"):
        text = (code * (1 if len(code) > 99 else 40_000) + ADDRESS).encode()
        tokens = lex(text, "python")
        started = time.process_time()
        token_weights(text, tokens)
        assert time.process_time() - started < 2
