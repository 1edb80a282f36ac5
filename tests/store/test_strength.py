"""How weak a passphrase is said to be."""

import pytest

from chatd import limits
from chatd.store.strength import weakness


@pytest.mark.parametrize(
    ("word", "how_long"),
    [
        ("x", "less than a second"),
        ("x" * 1000, "less than a second"),
        ("abcd", "less than a minute"),
        ("abcabcabcabc", "less than a day"),
        ("password", "9 days"),
        ("12345678901234", "316 years"),
        ("пароль", "3 years"),
    ],
)
def test_weak(word: str, how_long: str) -> None:
    """Short, of one kind, or one that repeats itself."""
    assert weakness(word).endswith(f" in {how_long}")


@pytest.mark.parametrize(
    "word", ["correct horse battery staple", "x8Kq0ZmP3rTw", "пароль надёжный"]
)
def test_not_weak(word: str) -> None:
    """Several words, or a dozen characters of all kinds."""
    assert weakness(word) == ""


def test_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever holds for the time that is asked for is good, and with one guess more it is not."""
    seconds = limits.PASSPHRASE_YEARS * 31_557_600
    monkeypatch.setattr(limits, "GUESSES_PER_SECOND", 10**14 // seconds)
    assert weakness("12345678901234") == ""
    monkeypatch.setattr(limits, "GUESSES_PER_SECOND", 10**14 // seconds + 1)
    assert weakness("12345678901234").endswith(" in 999 years")
