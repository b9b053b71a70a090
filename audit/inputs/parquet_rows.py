"""Rows of a parquet file as they are, for who reads other columns than those of generations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from attribution.errors import InputError

__all__ = ["parquet_rows"]

_BATCH = 256  # rows


def parquet_rows(path: str) -> Iterator[dict[str, Any]]:
    """Each row, by the names of its columns.

    Raises:
        InputError: it is no readable parquet.
    """
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH, use_threads=False):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path} is no readable parquet: {reason}") from error
