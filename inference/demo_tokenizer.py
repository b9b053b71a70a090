"""The demo model's tokenizer: byte-level BPE with StarCoder's special tokens, learnt in a second.

Line feeds and the spaces that begin a line are separate tokens. So a prompt that ends after "):",
after a line feed or after an indentation ends at a token of the training texts (with GPT-2's
pattern, `\\n   ` is one token, and it would not).
"""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

__all__ = ["CHAT_TEMPLATE", "SPECIAL_TOKENS", "train_tokenizer"]

# StarCoder's, with its ids 0 to 18, so that its infill tokens are found here too.
SPECIAL_TOKENS = (
    "<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>", "<filename>",
    "<gh_stars>", "<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>",
    "<jupyter_text>", "<jupyter_code>", "<jupyter_output>", "<empty_output>", "<commit_before>",
    "<commit_msg>", "<commit_after>", "<reponame>",
)  # fmt: skip

# The user's last message becomes a comment; the answer is the code below it.
CHAT_TEMPLATE = (
    "{% set last = namespace(text='') %}"
    "{% for message in messages if message['role'] == 'user' %}"
    "{% set last.text = message['content'] %}{% endfor %}"
    "{{ '# ' + last.text.strip().replace('\\n', '\\n# ') + '\\n' }}"
)


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """A tokenizer with that many tokens; the same texts give the same tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\n+"), "isolated"),
            pre_tokenizers.Split(Regex(r"^ +"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
