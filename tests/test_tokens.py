"""Token counts: those of the library itself, for a tokenizer that the test trains on its own text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import config
from pipeline import step as steps
from pipeline.step import Page

tokenizers = pytest.importorskip("tokenizers")

TEXTS = [
    "The keeper of the mill walked down to the weir and counted the barrels before the rain came.\nHe lost one.",
    "Der Müller zählte die Fässer am Wehr, bevor der Regen über die grauen Hügel zog.",
    "Мельник утром пошёл к плотине и считал бочки, пока не начался дождь.",
    "磨坊主人清晨走到堤坝，数了木桶，随后大雨从灰色山丘后面来到。",
    "水車小屋の主人は朝、堰まで歩いて樽を数えた。",
    "방앗간 주인은 아침에 둑으로 걸어가 통을 세었다.",
    "ذهب الطحان في الصباح إلى السد وعد البراميل قبل أن يأتي المطر.",
    "הטוחן הלך בבוקר אל הסכר וספר את החביות לפני הגשם.",
    "चक्की वाला सुबह बांध पर गया और पीपे गिने।",
    "คนโม่แป้งเดินไปที่ฝายในตอนเช้าและนับถังไม้",
    "👨‍👩‍👧‍👦 🏳️‍🌈 e\u0301\u200b\ufeff \0 \u0085\u2028",
]


def byte_level(path: Path) -> Path:
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, special_tokens=["<s>"], show_progress=False)  # fmt: skip
    made.train_from_iterator(TEXTS, trainer)
    # What files of models bring along, and what must not count.
    made.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    made.enable_truncation(8)
    made.enable_padding(length=64)
    made.save(str(path))
    return path


def word_pieces(path: Path) -> Path:
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    made.normalizer = tokenizers.normalizers.BertNormalizer()
    made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(TEXTS, tokenizers.trainers.WordPieceTrainer(vocab_size=400, special_tokens=["[UNK]"], show_progress=False))  # fmt: skip
    made.save(str(path))
    return path


def unigram(path: Path) -> Path:
    made = tokenizers.Tokenizer(tokenizers.models.Unigram())
    made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    made.train_from_iterator(TEXTS, tokenizers.trainers.UnigramTrainer(vocab_size=300, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False))  # fmt: skip
    made.save(str(path))
    return path


def count(path: Path, text: str) -> int:
    step = steps.load("describe", "tokens", {"tokenizer": path})
    found = step.run(Page("other text", cleaned=text), step.params)
    assert list(found) == ["n_tokens"]
    return int(found["n_tokens"])


def of_library(path: Path, text: str) -> int:
    made = tokenizers.Tokenizer.from_file(str(path))
    made.no_truncation()
    made.no_padding()
    return len(made.encode(text, add_special_tokens=False).ids)


@pytest.mark.parametrize("make", [byte_level, word_pieces, unigram])
def test_counts_are_those_of_the_library(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "tokenizer.json")
    for text in [*TEXTS, "", "\n", "\n".join(TEXTS * 20)]:
        assert count(path, text) == of_library(path, text)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return byte_level(tmp_path_factory.mktemp("tokenizer") / "tokenizer.json")


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_counts_of_any_text(trained: Path, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert count(trained, text) == of_library(trained, text)


def test_a_long_text_is_counted_in_pieces(trained: Path) -> None:
    lines = "\n".join(TEXTS) * 400
    assert len(lines) > 200_000
    assert abs(count(trained, lines) - of_library(trained, lines)) <= len(lines) // 200_000
    line = "磨坊主人" * 120_000
    assert abs(count(trained, line) - of_library(trained, line)) <= 2 * (len(line) // 200_000)


def test_without_a_tokenizer_nothing_is_counted_and_nothing_loaded() -> None:
    code = (
        "import sys; from pipeline import step; s = step.load('describe', 'tokens');"
        "assert s.run(step.Page('a b', cleaned='a b'), s.params) == {}; assert 'tokenizers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_one_thread_only(trained: Path) -> None:
    """A worker has one core: the library must not start its pool."""
    code = (
        "import sys, threading, pathlib; from pipeline import step; s = step.load('describe', 'tokens', {'tokenizer': sys.argv[1]})\n"
        "tasks = lambda: len(list(pathlib.Path('/proc/self/task').iterdir()))\n"
        "before = tasks(); s.run(step.Page('', cleaned='a b c ' * 20000), s.params); assert tasks() == before"
    )
    if Path("/proc/self/task").exists():
        subprocess.run([sys.executable, "-c", code, str(trained)], check=True)


def test_a_file_that_is_no_tokenizer_stops_the_run_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text("no tokenizer")
    (tmp_path / "other.json").write_text(json.dumps({"version": "1.0"}))
    for name, why in (
        ("gone.json", "no such file"),
        ("text.json", "no tokenizer.json"),
        ("other.json", "no tokenizer.json"),
    ):
        with pytest.raises(
            config.ConfigError, match=rf"^describe\.steps\.tokens\.tokenizer: .*{name}.*{why}"
        ) as caught:
            config.load(overrides=[f"describe.steps.tokens={{tokenizer: '{tmp_path / name}'}}"])
        assert "\n" not in str(caught.value)
