"""Generation on this machine: tokens per second, compared with plain `generate` and the memory.

    python -m benchmarks.generation                        # CUDA if there is one, else a tiny model
    python -m benchmarks.generation --model bigcode/starcoder2-3b --tokens 256
    python -m benchmarks.generation --size 1b --compile

Writing a token reads all weights once, so no loop is faster than the memory. The bound is the
measured copy bandwidth of the memory divided by the bytes that a token reads (weights, and keys and
values of the prompt and half the answer). A model that fits into the caches may exceed it. Without
--model the weights are random, which does not change the speed.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import click

from benchmarks.report import Part, Table

__all__ = ["measure"]

# (width, layers, heads, width inside) of StarCoder's family: StarCoderBase-1B to StarCoder 15.5B
SIZES = {
    "tiny": (192, 4, 6, 768),  # the size of the demo model
    "160m": (1024, 12, 16, 4096),
    "1b": (2048, 24, 16, 8192),
    "3b": (2816, 36, 22, 11264),
    "7b": (4096, 42, 32, 16384),
    "15b": (6144, 40, 48, 24576),
}
VOCABULARY = 49152
CONTEXT = 8192
STREAMS = 4
COPIED = {
    "cpu": 1 << 28,
    "cuda": 1 << 30,
}  # bytes of the copy that is timed: larger than all caches


@dataclass(slots=True)
class Run:
    """The times of some concurrent generations."""

    started: float = field(default_factory=time.perf_counter)
    first: float = float("inf")  # when the first piece of any arrived
    last: float = 0.0  # when the last piece of all arrived
    tokens: int = 0

    @property
    def rate(self) -> float:
        """Tokens per second of all streams together, after the prompts were read."""
        return self.tokens / (self.last - self.first)

    @property
    def wait(self) -> float:
        """Milliseconds until the first piece."""
        return 1000 * (self.first - self.started)


def measure(
    model: str | None = None,
    size: str | None = None,
    tokens: int = 128,
    prompt_tokens: int = 256,
    repeats: int = 3,
    *,
    compiled: bool = False,
) -> Part:
    """Load or make a model, and time it."""
    import torch

    generator, name = _generator(model, size, compiled)
    with generator:
        engine: Any = generator._scheduler._engine  # the generator's own model, timed here
        network, device = engine.model, engine.device
        if engine.threads:
            torch.set_num_threads(engine.threads)  # the peer gets as many as we use
        plain = _best(repeats, lambda: _plain_rate(network, tokens, prompt_tokens, engine.caches))
        runs = {n: _runs(generator, n, tokens, prompt_tokens, repeats) for n in (1, STREAMS)}
        bandwidth = _bandwidth(device)
        read = _bytes_per_token(network, prompt_tokens + tokens // 2)
    bound = bandwidth / read
    one, four = (max(run.rate for run in runs[n]) for n in (1, STREAMS))
    wait = statistics.median(run.wait for run in runs[1])

    def row(name: str, rate: float) -> tuple[str, ...]:
        return name, f"{rate:,.1f}", f"{rate / plain:.2f}", f"{rate / bound:.1%}"

    rows = (
        row("ours, one stream", one),
        row(f"ours, {STREAMS} concurrent streams", four),
        row("plain generate, one stream", plain),
        row("bound of the memory, one stream", bound),
    )
    note = (
        f"{name.rstrip('.')}; {prompt_tokens} tokens of prompt, {tokens} written, best of "
        f"{repeats}; first token after {wait:.0f} ms. A token reads {read / 1e6:,.1f} MB; copying "
        f"moves {bandwidth / 1e9:,.1f} GB/s."
    )
    columns = ("what", "tokens/s", "of plain", "of the bound")
    return Part("Generation", tables=(Table("Tokens per second", columns, rows, note),))


def _best(repeats: int, once: Callable[[], float]) -> float:
    return max(once() for _ in range(repeats))


def _generator(model: str | None, size: str | None, compiled: bool) -> tuple[Any, str]:
    """The generator to measure, and its description."""
    import torch

    from inference.interface import ModelCard, ModelLicense
    from inference.local import LocalGenerator, LocalOptions
    from inference.local.loading import description

    on_cuda = torch.cuda.is_available()
    options = LocalOptions(compile=compiled, max_active=STREAMS)
    terms = ModelLicense("", None)  # the output is neither shown nor kept
    if model is not None:
        generator = LocalGenerator.load(model, options, terms)
        return generator, f"{model}: {generator.card.description}"
    size = size or ("7b" if on_cuda else "tiny")
    network = _random_model(size, "cuda" if on_cuda else "cpu")
    card = ModelCard(f"random-{size}", "local", frozenset(), None, terms)
    about = f"random weights of size {size}: {description(network)}"
    return LocalGenerator(network, _tokenizer(), card, options), about


def _random_model(size: str, device: str) -> Any:
    import torch
    from transformers import GPTBigCodeConfig, GPTBigCodeForCausalLM

    width, layers, heads, inner = SIZES[size]
    config = GPTBigCodeConfig(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=width, n_layer=layers, n_head=heads,
        n_inner=inner, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    make: Any = GPTBigCodeForCausalLM
    with torch.device(device):
        model = make._from_config(
            config,
            dtype=torch.bfloat16 if device == "cuda" else torch.float32,
            attn_implementation="sdpa",
        )
    return model.eval()


def _tokenizer() -> Any:
    """A tokenizer with a word for each number, so that each token is text, as in a real model."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ["<|endoftext|>", *letters]
    words += [f"word{number}" for number in range(VOCABULARY - len(words))]
    backend = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    make: Any = PreTrainedTokenizerFast
    return make(tokenizer_object=backend, eos_token="<|endoftext|>")


def _prompt(generator: Any, tokens: int) -> str:
    """A text of the given number of tokens."""
    vocabulary = generator._vocabulary
    text = "def total(rows):\n    return sum(row.value for row in rows)\n\n\n"
    whole = vocabulary.encode(text * (1 + tokens // 10))
    return str(vocabulary.decode(whole[:tokens]))


def _runs(generator: Any, streams: int, tokens: int, prompt: int, repeats: int) -> list[Run]:
    """Measured runs of the given number of streams, after a run to warm up."""
    return [_run(generator, streams, tokens, prompt) for _ in range(repeats + 1)][1:]


def _run(generator: Any, streams: int, tokens: int, prompt_tokens: int) -> Run:
    from inference.interface import Completion, Parameters

    prompt = Completion(_prompt(generator, prompt_tokens))
    run = Run()
    started = [generator.generate(prompt, Parameters(tokens, 0.0)) for _ in range(streams)]
    lock = threading.Lock()

    def read(pieces: Iterator[Any]) -> None:
        for piece in pieces:
            now = time.perf_counter()
            with lock:
                if run.first == float("inf"):
                    run.first = now  # these tokens were already there when the timing starts
                else:
                    run.tokens += piece.tokens
                run.last = max(run.last, now)

    readers = [threading.Thread(target=read, args=(pieces,)) for pieces in started]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return run


def _plain_rate(network: Any, tokens: int, prompt_tokens: int, static: Any) -> float:
    """Tokens per second of transformers' `generate`, without the prompt."""
    import torch

    ids = torch.full((1, prompt_tokens), 5, device=network.device)
    cache = {} if static is None else {"cache_implementation": "static"}

    def seconds(new: int) -> float:
        started = time.perf_counter()
        out = network.generate(
            ids, attention_mask=torch.ones_like(ids), min_new_tokens=new, max_new_tokens=new,
            do_sample=False, pad_token_id=0, **cache,
        )  # fmt: skip
        out[0, -1].item()  # waits for the device
        return time.perf_counter() - started

    with torch.inference_mode():
        seconds(2)
        return (tokens - 1) / (seconds(tokens) - seconds(1))


def _bandwidth(device: Any) -> float:
    """Bytes per second that copying reads and writes, the best of ten runs."""
    import torch

    source = torch.ones(COPIED["cuda" if device.type == "cuda" else "cpu"], dtype=torch.uint8)
    source = source.to(device)
    target = torch.empty_like(source)
    best = 0.0
    for _ in range(10):
        started = time.perf_counter()
        target.copy_(source)
        target[-1].item()  # waits for the device
        best = max(best, 2 * source.nbytes / (time.perf_counter() - started))
    return best


def _bytes_per_token(network: Any, length: int) -> float:
    """Bytes that writing one token reads, with `length` tokens before it."""
    tables = {network.get_input_embeddings().weight.data_ptr()}  # only one row is read
    head = network.get_output_embeddings()
    if head is not None:
        tables.discard(head.weight.data_ptr())  # tied weights: the head reads all rows
    weights = {
        weight.data_ptr(): weight.nbytes
        for name, weight in network.named_parameters()
        if weight.data_ptr() not in tables and "wpe" not in name
    }
    config = network.config
    heads = config.num_attention_heads
    shared = getattr(config, "num_key_value_heads", None) or (
        1 if getattr(config, "multi_query", False) else heads
    )
    size = config.hidden_size // heads * shared * network.dtype.itemsize
    return float(sum(weights.values()) + 2 * config.num_hidden_layers * size * length)


@click.command()
@click.option("--model", help="A folder or the name of a model on the hub.")
@click.option("--size", type=click.Choice(list(SIZES)), help="Random weights of this size.")
@click.option("--tokens", default=128, show_default=True, help="Tokens to write.")
@click.option("--prompt-tokens", default=256, show_default=True, help="Tokens of the prompt.")
@click.option("--repeats", default=3, show_default=True, help="Number of runs; the best counts.")
@click.option("--compile", "compiled", is_flag=True, help="Compile the step (torch.compile).")
def main(
    model: str | None,
    size: str | None,
    tokens: int,
    prompt_tokens: int,
    repeats: int,
    compiled: bool,
) -> None:
    """Print tokens per second, compared with plain generate and the bound of the memory."""
    part = measure(model, size, tokens, prompt_tokens, repeats, compiled=compiled)
    click.echo(part.markdown())


if __name__ == "__main__":
    main()
