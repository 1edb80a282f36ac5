"""Which names a reader takes for another one."""

import pytest

from chatd.store.lookalikes import alike


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("b0b", "bob"),
        ("bob_", "bob"),
        ("b-o-b", "bob"),
        ("bobb", "bob"),
        ("rnike", "mike"),
        ("vvendy", "wendy"),
        ("clave", "dave"),
        ("a1ice", "alice"),
        ("aiice", "alice"),
        ("al1c3", "alice"),
        ("ca7ol", "catol"),
        ("bobby", "Bobby"),
        ("max_muster", "Max Muster"),
        ("bob", "bob"),
    ],
)
def test_alike(name: str, other: str) -> None:
    """Letters for digits, pairs for letters, doubled letters and separators hide in a name."""
    assert alike(name, other)
    assert alike(other, name)


@pytest.mark.parametrize(
    ("name", "other"), [("bob", "rob"), ("carol", "carl"), ("bob", "bobby"), ("x", ""), ("_", "-")]
)
def test_not_alike(name: str, other: str) -> None:
    """Other letters make another name; nothing at all resembles nobody."""
    assert not alike(name, other)
