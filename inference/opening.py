"""`open_generator`: the only place where a string chooses what generates.

    demo                            the small model that is trained here on the first run
    local:FOLDER-OR-HUB-ID          a transformers model, in this process
    remote:http://HOST:PORT/v1#ID   a model of any OpenAI-compatible server; without #ID its first

Importing this costs nothing: torch and the HTTP client come with the engine that needs them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from inference.acceptance import Acceptances
from inference.errors import ModelError
from inference.interface import Generator
from inference.options import LocalOptions
from inference.training_progress import TrainingProgress

if TYPE_CHECKING:
    from inference.local import LocalGenerator

__all__ = ["FORMS", "open_generator"]

FORMS = "demo, local:FOLDER-OR-HUB-ID or remote:http://HOST:PORT/v1#MODEL"


def open_generator(
    spec: str,
    options: LocalOptions | None = None,
    *,
    acceptances: Acceptances | None = None,
    cache: Path | None = None,
    progress: TrainingProgress | None = None,
) -> Generator:
    """The generator that a specification names.

    A model whose licence has use restrictions that were not accepted is opened all the same: its
    card shows them, and `generate` refuses until `Generator.accept` was told.

    Args:
        spec: one of the three forms above.
        options: of a local model, and of the demo.
        acceptances: where accepted licences are recorded; None: the user's file.
        cache: folder in which the demo model is kept; None: below the user's cache folder.
        progress: told of the demo model's training; None: silent.

    Raises:
        ModelError: the specification has another form, or the model cannot be had.
    """
    kind, _, name = spec.strip().partition(":")
    acceptances = acceptances or Acceptances()
    if spec.strip() == "demo":
        return _demo(options, cache, progress)
    if kind == "local" and name:
        return _local(name, options, acceptances)
    if kind == "remote" and name:
        return _remote(name, acceptances)
    raise ModelError(f"{spec!r} names no model: write {FORMS}")


def _demo(
    options: LocalOptions | None, cache: Path | None, progress: TrainingProgress | None
) -> Generator:
    from inference.demo_model import EXAMPLES, demo_model
    from inference.licenses import license_of

    folder = demo_model(cache, progress)
    return _engine().load(
        folder,
        options,
        license_of(folder),
        model_id="demo",
        engine="demo",
        about=(
            "A small GPTBigCode that was trained on this machine and knows some functions of the "
            "standard library by heart: made to show provenance, not to write code."
        ),
        examples=EXAMPLES,
    )


def _local(name: str, options: LocalOptions | None, acceptances: Acceptances) -> Generator:
    from inference.licenses import license_of

    options = options or LocalOptions()
    terms = license_of(name, revision=options.revision, offline=options.offline)
    return _engine().load(name, options, acceptances.known(name, terms))


def _engine() -> type[LocalGenerator]:
    try:
        from inference.local import LocalGenerator
    except ImportError as error:
        raise ModelError(
            f"a model that runs here needs the package {error.name}: "
            "pip install 'whence[inference]'"
        ) from error
    return LocalGenerator


def _remote(name: str, acceptances: Acceptances) -> Generator:
    from inference.remote import RemoteGenerator

    address, _, model = name.partition("#")
    if "@" in address.partition("//")[2].partition("/")[0]:  # never repeated: logs would hold it
        raise ModelError(
            "the address of a remote model holds a user name or password; take it out, and put the "
            "server's key into WHENCE_REMOTE_API_KEY"
        )
    return RemoteGenerator.connect(address, model or None, acceptances)
