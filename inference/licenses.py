"""`license_of`: under which licence a model is, and what that asks of whoever uses it.

Read from the model's card (the front matter of README.md) in its folder or in the hub's cache. A
copy without a card is known by what its config.json says it was made from. The restrictions are
told in our own short words; the licence's text, which counts, is behind the address.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from inference.interface import ModelLicense

__all__ = ["license_of", "license_of_card", "terms_of"]

_BIGCODE = "https://huggingface.co/spaces/bigcode/bigcode-model-license-agreement"

# Attachment A of the BigCode OpenRAIL-M agreement, version 1, restrictions (a) to (n).
_OPENRAIL = (
    "Break no law with it.",
    "Never exploit or harm minors.",
    "Make or spread no malware, nor anything else that is meant to harm computers.",
    "Spread no falsehoods in order to harm others.",
    "Make or spread no personal data without permission, or to somebody's harm.",
    "When you publish what it wrote, say clearly that a machine wrote it.",
    "Do not defame, disparage or harass anybody.",
    "Do not impersonate people in order to deceive.",
    "Let it not decide by itself over people's legal rights without telling them.",
    "Do not treat people badly for their behaviour or their predicted character.",
    "Do not exploit the weaknesses of a group of people to make them harm themselves or others.",
    "Do not discriminate by characteristics that the law protects.",
    "Do not offer it in place of a doctor's advice or reading of results.",
    "Do not let it decide in justice, law enforcement, immigration or asylum.",
)
# Others whose use is restricted; their terms are not retold here.
_READ_IT = ("Its licence restricts what it may be used for: read its text before you accept.",)
_RESTRICTED = re.compile(
    r"openrail|(^|-)rail(-|$)|^(code)?llama|^gemma$|^deepseek|^falcon.*llm|responsible", re.I
)

# Models of the family, and their derivatives, by name: for copies whose card is not at hand.
_STARCODER = re.compile(
    r"(^|[/_-])(starcoder|starcoderbase|starcoder2|santacoder)([\d._-]|$)", re.I
)

_CARD = "README.md"
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.S | re.M)
_CARD_BYTES = 1 << 20


def terms_of(name: str, url: str | None = None) -> ModelLicense:
    """What a licence of that name asks."""
    name = name.strip()
    if name.casefold() in ("bigcode-openrail-m", "bigcode-openrail-m-v1", "bigcode-openrail-m1"):
        return ModelLicense(name, url or _BIGCODE, _OPENRAIL)
    if _RESTRICTED.search(name):
        return ModelLicense(name, url, _READ_IT)
    return ModelLicense(name, url)


def license_of_card(text: str) -> ModelLicense | None:
    """The licence that a model card's front matter states; None: it states none."""
    found = _FRONT_MATTER.match(text)
    if found is None:
        return None
    said = {}
    for field in ("license", "license_name", "license_link"):
        line = re.search(
            rf"^{field}:[ \t]*(?:\r?\n[ \t]*-[ \t]*)?([^\s#].*?)[ \t]*\r?$", found[1], re.M
        )
        if line is not None:
            said[field] = line[1].strip("\"'[] ")
    name = said.get("license", "")
    if name in ("", "other", "unknown"):
        name = said.get("license_name", name)
    link = said.get("license_link")
    address = link if link is not None and link.startswith(("http://", "https://")) else None
    return terms_of(name, address) if name else None


def license_of(
    model: str | Path,
    *,
    revision: str | None = None,
    offline: bool = False,
    cache: Path | None = None,
) -> ModelLicense:
    """The licence of a model in a folder, or on the hub.

    Args:
        model: a folder, or the hub's id of the model.
        revision: branch, tag or commit on the hub.
        offline: look into the hub's cache and ask no hub.
        cache: the hub's cache; None: where it usually is.

    The name is "" when nothing tells it.
    """
    folder = Path(model)
    if folder.is_dir():
        terms = _of_file(folder / _CARD)
        return terms or _by_name(_made_from(folder / "config.json")) or ModelLicense("", None)
    card = _hub_card(str(model), revision, offline, cache)
    terms = _of_file(card) if card is not None else None
    if terms is None:
        terms = _by_name(str(model)) or ModelLicense("", None)
    return terms


def _of_file(card: Path) -> ModelLicense | None:
    try:
        with card.open("rb") as file:
            return license_of_card(file.read(_CARD_BYTES).decode("utf-8", "replace"))
    except OSError:
        return None


def _made_from(config: Path) -> str:
    """The model that a config.json names as its own origin, or ""."""
    try:
        return str(json.loads(config.read_bytes()).get("_name_or_path", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _by_name(name: str) -> ModelLicense | None:
    return terms_of("bigcode-openrail-m") if _STARCODER.search(name) else None


def _hub_card(model: str, revision: str | None, offline: bool, cache: Path | None) -> Path | None:
    """The card of a model on the hub; None where it cannot be had."""
    try:
        from huggingface_hub import hf_hub_download
    except ImportError:
        return None
    for cached in (True, False)[: 1 if offline else 2]:
        try:
            found = hf_hub_download(
                model, _CARD, revision=revision, cache_dir=cache, local_files_only=cached
            )
            return Path(found)
        except Exception:
            continue
    return None
