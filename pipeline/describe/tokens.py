"""Step describe.tokens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from pipeline.step import Case, Page, Params, step

# A longer text is counted in pieces: the library takes up to 400 bytes a token while it works on a text, so a piece
# takes 100 MB at most. Each cut, at a line feed where there is one, may move the count by a token.
_PIECE = 200_000


class Tokens(Params):
    """Parameters of `describe.tokens`."""

    tokenizer: Path | None = Field(None, description="A tokenizer.json of Hugging Face tokenizers; needs that library.")

    @field_validator("tokenizer")
    @classmethod
    def _sound(cls, value: Path | None) -> Path | None:
        if value is not None:
            if not value.is_file():
                raise PydanticCustomError(
                    "tokenizer", "{path}: no such file; name a tokenizer.json", {"path": str(value)}
                )
            _load(*_state(value))
        return value


@step("describe.tokens", version=1, params=Tokens)
def tokens(page: Page, params: Tokens) -> dict[str, Any]:
    """Tokens of the cleaned text, without those that mark its start and end; nothing without a tokenizer."""
    if params.tokenizer is None:
        return {}
    tokenizer = _load(*_state(params.tokenizer))
    return {
        "n_tokens": sum(
            len(tokenizer.encode_batch_fast([piece], add_special_tokens=False)[0]) for piece in _pieces(page.cleaned)
        )
    }


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _PIECE:
        end = text.rfind("\n", start, start + _PIECE) + 1 or start + _PIECE
        yield text[start:end]
        start = end
    yield text[start:]


def _state(path: Path) -> tuple[str, int, int]:
    """What tells a file from another, or from itself at another time."""
    stat = path.stat()
    return str(path), stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=2)
def _load(path: str, size: int, changed: int) -> Any:
    # A worker has one core: no pool of threads.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise PydanticCustomError("tokenizer", "needs the library tokenizers; pip install tokenizers") from None
    try:
        tokenizer = Tokenizer.from_file(path)
    except Exception as error:  # the library raises no class of its own
        reason = " ".join(str(error).split())[:200]
        raise PydanticCustomError(
            "tokenizer", "{path} is no tokenizer.json ({reason}); name one", {"path": path, "reason": reason}
        ) from None
    # A file may come with the limits of a model; all tokens count here.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


CASES = [
    Case("The ferry stays in harbour.", {}, note="no tokenizer is named"),
    Case("渡轮停航。", {}),
    Case("", {}),
]
