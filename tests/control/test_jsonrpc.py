"""Requests of programs, well and badly formed."""

import json

import pytest
from msgspec import Struct

from chatd.control import jsonrpc
from chatd.control.encoding import encoded
from chatd.control.jsonrpc import Code, RpcError


class Wanted(Struct, forbid_unknown_fields=True):
    text: str
    times: int = 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", Code.NOT_JSON),
        (b"{", Code.NOT_JSON),
        (b"\xff", Code.NOT_JSON),
        (b'{"jsonrpc":"2.0","method":"\xff"}', Code.NOT_JSON),
        (b"[" * 100_000, Code.NOT_A_REQUEST),
        (b'{"jsonrpc":"2.0","method":"a","params":' + b"[" * 100_000, Code.NOT_JSON),
        (b"[]", Code.NOT_A_REQUEST),
        (b'[{"jsonrpc":"2.0","method":"a"}]', Code.NOT_A_REQUEST),
        (b'{"method":"a"}', Code.NOT_A_REQUEST),
        (b'{"jsonrpc":"1.0","method":"a"}', Code.NOT_A_REQUEST),
        (b'{"jsonrpc":"2.0","method":7}', Code.NOT_A_REQUEST),
        (b'{"jsonrpc":"2.0","method":"a","id":null}', Code.NOT_A_REQUEST),
        (b'{"jsonrpc":"2.0","method":"a","id":[1]}', Code.NOT_A_REQUEST),
        (b'{"jsonrpc":"2.0","method":"a","more":1}', Code.NOT_A_REQUEST),
    ],
)
def test_what_is_no_request(line: bytes, code: Code) -> None:
    """Each is refused with the specification's code, however deep or broken it is."""
    with pytest.raises(RpcError) as caught:
        jsonrpc.request(line)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "params", ["[]", "[1]", "7", "null", "{}", '{"text":1}', '{"text":"a","tmes":2}']
)
def test_bad_parameters(params: str) -> None:
    """Another type, one too few, one that does not exist: never taken for what was not said."""
    request = jsonrpc.request(f'{{"jsonrpc":"2.0","method":"a","params":{params}}}'.encode())
    with pytest.raises(RpcError) as caught:
        request.read(Wanted)
    assert caught.value.code == Code.BAD_PARAMS


def test_good_parameters() -> None:
    """By name, with what has a default left out."""
    line = b'{"jsonrpc":"2.0","method":"a","params":{"text":"\\u00e9"},"id":"x"}'
    request = jsonrpc.request(line)
    assert (request.id, request.read(Wanted)) == ("x", Wanted("é"))


@pytest.mark.parametrize("text", ["é\u202e\U0001f600", "\x7f\x1b[2J\x9b\r\n", '"\\'])
def test_a_line_is_printable_ascii(text: str) -> None:
    """Whatever was said can be read from it again, and does nothing to a terminal."""
    line = encoded({"text": text})
    assert line.endswith(b"\n")
    assert all(0x20 <= each < 0x7F for each in line[:-1])
    assert json.loads(line) == {"text": text}
