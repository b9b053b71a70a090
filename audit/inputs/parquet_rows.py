"""Rows of a parquet file as they are, for who reads other columns than those of generations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from attribution.errors import InputError
from audit.inputs.files import unicode_name

__all__ = ["BATCH", "open_parquet", "parquet_rows", "said"]

BATCH = 64  # rows: of 4 MB each they are 256 MB; more of them were no faster
_BUFFER = 1 << 20  # bytes read at once, for each column


def open_parquet(path: str) -> pq.ParquetFile:
    """A file that is read by batches: a row group is never held whole.

    Raises:
        InputError: it is no readable parquet.
    """
    try:
        return pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def parquet_rows(path: str) -> Iterator[dict[str, Any]]:
    """Each row, by the names of its columns.

    Raises:
        InputError: it is no readable parquet.
    """
    with open_parquet(path) as file:
        try:
            for batch in file.iter_batches(BATCH, use_threads=False):
                yield from batch.to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, error) from error


def _unreadable(path: str, error: Exception) -> InputError:
    return InputError(f"{unicode_name(path)} is no readable parquet: {said(error)}")


def said(error: Exception) -> str:
    return str(error).partition("\n")[0]
