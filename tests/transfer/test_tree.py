"""The hashes of files: what they depend on, and values that another program computes."""

from hypothesis import given
from hypothesis import strategies as st

from chatd.transfer.tree import NOTHING, block_hash, chained, file_root, list_root


def root(size: int, blocks: list[bytes]) -> bytes:
    """Of a file of these blocks."""
    chain = NOTHING
    for block in blocks:
        chain = chained(chain, block_hash(block))
    return file_root(size, chain)


def test_the_hash_of_a_block_is_blake3() -> None:
    """The value that the specification of BLAKE3 gives for nothing."""
    empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    assert block_hash(b"").hex() == empty


def test_roots_are_those_of_the_protocol() -> None:
    """An empty file, one with two blocks, and the list of both."""
    two = root(3, [b"ab", b"c"])
    assert root(0, []).hex() == "2770da1213297530b55bc42473cbb2d1bd549623e6ef754740eac305e87b22e9"
    assert two.hex() == "d33512e5613e5c9dc91e474cb07b85dca7a0c1869141df610e436df54efd75f1"
    assert (
        list_root(list_root(NOTHING, root(0, [])), two).hex()
        == "9d8d406dd79750cba03e76caaf1e6002010222fdd3adc6aa9e1683d54e4bc66b"
    )


@given(st.lists(st.binary(min_size=1, max_size=5), min_size=1, max_size=5), st.data())
def test_a_byte_that_changes_changes_the_root(blocks: list[bytes], data: st.DataObject) -> None:
    """So does another size, and another order of blocks that differ."""
    size = sum(map(len, blocks))
    before = root(size, blocks)
    which = data.draw(st.integers(0, len(blocks) - 1))
    at = data.draw(st.integers(0, len(blocks[which]) - 1))
    flipped = bytearray(blocks[which])
    flipped[at] ^= 1
    assert root(size, [*blocks[:which], bytes(flipped), *blocks[which + 1 :]]) != before
    assert root(size + 1, blocks) != before
    if blocks != blocks[::-1]:
        assert root(size, blocks[::-1]) != before
