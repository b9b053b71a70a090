#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""A module's docstring, "quoted" and it's on one line."""
from __future__ import annotations
import os, sys as system  # trailing comment
from a.b import (
    first,
)


@decorator(arg="x", n=1_000)
@functools.cache
async def größe(self, *args: int, **kw) -> dict[str, 'T']:
    """One line docstring"""
    """
    A docstring over lines: def not_code(): isn't it # not a comment
    """
    text = r"C:\path\" + 'it''s' + "a \" b" + u'x'
    raw = r'\d+\'#' # the raw string's quote
    nested = f"{names['key']} and {x!r:>{width}}"
    joined = f'{f"{inner}"}' # nested quotes end no string early
    both = '''one''' + """two""" + ''
    x = 0x_FF + 1.5e-3 + 1e10 + .5 + 5. + 0b101 + 3j
    y = a if b else c; z = lambda q: q ** 2 // 3
    url = "http://x.y/#frag"
    if (n := len(args)) > 10 and not kw: return {**kw, "a": [1, 2][::-1]}
    match = re.match(r'''a"b''', s)
    s = "unterminated
    t = 'also" unterminated # is this a comment
    return not x  # "quoted 'comment
