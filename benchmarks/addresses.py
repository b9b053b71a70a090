"""The rate of `whence index` from addresses, beside that from disk, in the same run.

The corpus is on disk, on a server that answers like the Hugging Face hub, and on moto's S3 server,
all on this machine. The servers work on the same cores, so the shares are lower bounds.

    python -m benchmarks.addresses [--size-mb 180] [--rounds 3]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import click
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import S3FileSystem

from benchmarks.built import index_command
from benchmarks.child import run_measured
from benchmarks.corpus import build_corpus
from tests.support.remote_servers import HubServer, running

FILE_BYTES = 60_000_000  # of content in one parquet file; those of The Stack have some 500 MB


@click.command()
@click.option("--size-mb", default=180, show_default=True, help="Indexed code, MB.")
@click.option("--rounds", default=3, show_default=True, help="Runs of each; medians are printed.")
@click.option("--serve", type=click.Path(path_type=Path), hidden=True, help="Be the hub.")
def main(size_mb: int, rounds: int, serve: Path | None) -> None:
    """Print MB/s of code for each, the share of the local rate, and CPU time of the command."""
    if serve is not None:
        return serve_hub(serve)
    corpus = build_corpus(size_mb)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = write_files(corpus.parts, folder / "data")
        hub = stack.enter_context(hub_server(folder))
        s3 = stack.enter_context(s3_server(files))
        where = {
            "local": (list(map(str, files)), {}),
            "hub": (["hf://datasets/bench/code/data"], hub),
            "S3": (["s3://corpus/data"], s3),
        }
        rates: dict[str, list[float]] = {name: [] for name in where}
        work: dict[str, list[float]] = {name: [] for name in where}
        for number in range(rounds):
            for name, (sources, environment) in where.items():
                location = folder / f"{name}-{number}"
                command = index_command(sources, location)
                measured = run_measured(command, env={**os.environ, **environment})
                rates[name].append(corpus.bytes / 1e6 / measured.seconds)
                work[name].append(measured.cpu)
    print(f"{corpus.bytes / 1e6:,.0f} MB of code in {len(files)} parquet files, {rounds} rounds")
    for name, own in rates.items():
        # A round's runs follow each other, so other work on the machine slows them alike.
        shares = [rate / local for rate, local in zip(own, rates["local"], strict=True)]
        print(
            f"{name:6} {median(own):6.1f} MB/s   {median(shares):4.0%} of local "
            f"({min(shares):.0%} to {max(shares):.0%})   {median(work[name]):5.1f} s of CPU time"
        )
    return None


def write_files(parts: list[Path], folder: Path) -> list[Path]:
    """The corpus in larger files, with row groups as The Stack's."""
    folder.mkdir()
    tables = [pq.read_table(part) for part in parts]
    table = pa.concat_tables(tables)
    count = max(1, round(table.nbytes / FILE_BYTES))
    size = -(-table.num_rows // count)
    paths = []
    for number in range(count):
        paths.append(folder / f"train-{number:05d}-of-{count:05d}.parquet")
        pq.write_table(table.slice(number * size, size), paths[-1], row_group_size=1000)
    return paths


def serve_hub(folder: Path) -> None:
    """Serve the files below a folder until the process is ended; print the address."""
    with running(HubServer()) as server:
        for path in folder.glob("data/*"):
            server.files[f"bench/code/data/{path.name}"] = path.read_bytes()
        print(server.url, flush=True)
        sys.stdin.read()


@contextmanager
def hub_server(folder: Path) -> Iterator[dict[str, str]]:
    """A hub in a process of its own; the environment that leads to it."""
    command = [sys.executable, "-m", "benchmarks.addresses", "--serve", str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield {
            "HF_ENDPOINT": process.stdout.readline().strip(),
            "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        }
        process.communicate()


@contextmanager
def s3_server(files: list[Path]) -> Iterator[dict[str, str]]:
    """An S3 server in a process of its own, with the files; the environment that leads to it."""
    host = "127.0.0.1:9517"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", host.split(":")[1]]
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=silent, stderr=silent) as process:
        try:
            time.sleep(3)  # it says nothing when it is ready
            keys = {"access_key": "key", "secret_key": "secret", "region": "us-east-1"}
            system = S3FileSystem(
                **keys, endpoint_override=host, scheme="http", allow_bucket_creation=True
            )
            system.create_dir("corpus")
            for file in files:
                with system.open_output_stream(f"corpus/data/{file.name}") as stream:
                    stream.write(file.read_bytes())
            yield {
                "AWS_ENDPOINT_URL": f"http://{host}",
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_EC2_METADATA_DISABLED": "true",
            }
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
