"""Models for the tests of the page: they know the corpus by heart, and write it piece by piece."""

from __future__ import annotations

from inference.errors import LicenseNotAcceptedError
from inference.interface import (
    Chat,
    Completion,
    Infill,
    Message,
    Mode,
    ModelCard,
    ModelLicense,
    Parameters,
    Prompt,
)
from tests.support.browser_corpus import HOSTILE
from tests.support.openai_service import Recital, Reciter, pieces_of
from tests.support.webapp_client import PARSER, QUEUE, TIDES

PAUSE = 0.008  # seconds before each piece of six characters

# Code that is in no corpus.
OWN = """\
    glow = [beam ** 0.5 for beam in prism if beam not in shade]
    while glow and glow[-1] < len(shade):
        shade.add(round(glow.pop() * 17))
    return {"prism": prism, "left": sorted(glow, reverse=True)}
"""


class Rememberer(Reciter):
    """Goes on from the last line of the prompt as one of the known texts does."""

    def __init__(
        self,
        name: str,
        license: ModelLicense | None = None,  # noqa: A002  (the card's field)
        pause: float = PAUSE,
    ) -> None:
        super().__init__(OWN, id=name, pause=pause, license=license)
        self.card = ModelCard(
            name,
            "local",
            frozenset(Mode),
            2048,
            license or ModelLicense("apache-2.0", None),
            "A model of the tests: it recites the harbour's code.",
            (
                Completion("def parse_harbour_log(lines, tolerance=3):\n"),
                Completion("def drain_lock_queue(basin"),
                Chat((Message("user", "How do boats pass a lock?"),)),
                Infill(QUEUE[: QUEUE.index("    waiting")], "    return passed, refused\n"),
            ),
        )

    def generate(self, prompt: Prompt, parameters: Parameters) -> Recital:
        if self.card.license.needs_acceptance:
            raise LicenseNotAcceptedError(f"{self.card.license.name} was not accepted yet")
        self.asked.append((prompt, parameters))
        made = Recital(
            [pieces_of(answer(prompt))] * parameters.n, parameters, self._pause, None, None
        )
        self.under_way.append(made)
        return made


def _without(rest: str, written: str) -> str:
    both = 0
    while rest[both : both + 1] and rest[both : both + 1] == written[both : both + 1]:
        both += 1
    return rest[both:]


def answer(prompt: Prompt) -> str:
    """What a model that learnt the corpus by heart would write."""
    if isinstance(prompt, Completion):
        return _after(prompt.text)
    if isinstance(prompt, Infill):
        gone_on = _after(prompt.prefix)
        following = prompt.suffix.strip().partition("\n")[0]
        return gone_on.partition(following)[0] if following else gone_on
    assert isinstance(prompt, Chat)
    return f"Here it is:\n\n```python\n{QUEUE}```\n\nIt lets the lowest boats through first."


def _after(prefix: str) -> str:
    bare = prefix.rstrip()
    last = bare.rpartition("\n")[2].strip()
    for text in (PARSER, QUEUE, TIDES, HOSTILE):
        if len(last) > 8 and last in text:
            rest = text.partition(last)[2]
            # an editor indents by itself: what it wrote already is not written again
            return _without(rest, prefix[len(bare) :])
    return OWN
