"""JSON-RPC 2.0, one message a line: requests in, answers and notifications out."""

from enum import IntEnum
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from chatd.errors import ChatdError

T = TypeVar("T")


class Code(IntEnum):
    """The kind of a failure; those below -32099 are of the specification."""

    NOT_JSON = -32700
    NOT_A_REQUEST = -32600
    NO_SUCH_METHOD = -32601
    BAD_PARAMS = -32602
    INTERNAL = -32603
    NOT_DONE = -32000
    """The command was not carried out; `data` is the event that says why."""
    ENDED = -32001
    """The client has ended."""


class RpcError(ChatdError):
    """A request that failed: `code` for programs, `data` with what is known about it."""

    def __init__(self, code: Code, text: str, data: Any = None) -> None:
        super().__init__(text)
        self.code = code
        self.data = data


class Request(Struct, forbid_unknown_fields=True):
    """One request; without an `id` it gets no answer."""

    jsonrpc: Literal["2.0"]
    method: str
    params: Raw = Raw(b"{}")
    id: int | str | UnsetType = UNSET

    def read(self, type: type[T]) -> T:
        """The parameters, which are given by name; raises `RpcError`."""
        return _decode(self.params, type, Code.BAD_PARAMS)


Id = int | str | UnsetType | None


def request(line: bytes) -> Request:
    """The request in a line; raises `RpcError`."""
    return _decode(line, Request, Code.NOT_A_REQUEST)


def _decode(data: Raw | bytes, type: type[T], code: Code) -> T:
    try:
        return msgspec.json.decode(data, type=type)
    except msgspec.ValidationError as error:
        raise RpcError(code, str(error)) from None
    except (ValueError, RecursionError):
        raise RpcError(Code.NOT_JSON, "that is no JSON in UTF-8") from None


def asked(method: str, params: dict[str, Any], id: Id = UNSET) -> dict[str, Any]:
    """A request, or without an `id` a notification."""
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    return message if id is UNSET else {**message, "id": id}


def answered(id: Id, result: Any) -> dict[str, Any]:
    """The answer to the request with this id."""
    return {"jsonrpc": "2.0", "result": result, "id": id}


def failed(id: Id, error: RpcError) -> dict[str, Any]:
    """The answer to a request that failed, with None for one whose id could not be read."""
    what = {"code": int(error.code), "message": str(error)}
    said = what if error.data is None else {**what, "data": error.data}
    return {"jsonrpc": "2.0", "error": said, "id": id}
