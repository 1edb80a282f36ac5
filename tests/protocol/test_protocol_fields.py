"""The types of fields in docs/protocol have the bounds of the code."""

import re
from typing import Any, get_type_hints

import pytest
from msgspec import Struct
from protocol_parts import rows, section

from chatd import limits
from chatd.wire import fields as wire_fields
from chatd.wire import peer, server


def annotation(message: type[Struct], field: str) -> Any:
    """The type of one field of a message."""
    return get_type_hints(message, include_extras=True)[field]


TYPES = {
    "Name": wire_fields.Name,
    "WantedName": wire_fields.WantedName,
    "Key": wire_fields.Key,
    "Id": wire_fields.IntroductionId,
    "OfferBytes": server.Offer,
    "Secret": annotation(peer.Offer, "secret"),
    "Feature": wire_fields.Feature,
    "Features": wire_fields.Features,
    "Suite": peer.Suite,
    "Suites": annotation(peer.Offer, "suites"),
    "Host": wire_fields.Host,
    "Port": wire_fields.Port,
    "Addresses": server.Addresses,
    "Places": server.Places,
    "Voucher": server.Voucher,
    "VoucherRandom": server.VoucherRandom,
    "Seconds": server.Seconds,
    "Token": server.Token,
    "Tokens": server.Tokens,
    "Ticket": annotation(server.Relay, "ticket"),
    "Proof": server.Proof,
    "Number": peer.Number,
    "Time": peer.Time,
    "Kind": peer.Kind,
    "Text": annotation(peer.Text, "text"),
    "Notice": annotation(server.Notice, "text"),
}


def bounds_of(kind: Any) -> tuple[int, int]:
    """The least and the most that a type of the code allows, in whatever it counts; a pattern that
    wants a character says 1."""
    (meta,) = kind.__metadata__
    least = meta.min_length if meta.min_length is not None else meta.ge
    most = meta.max_length if meta.max_length is not None else meta.le
    return (1 if meta.pattern and least is None else least or 0), most


def bounds_in(cell: str) -> tuple[int, int]:
    """The same from the document, where limits stand by their names."""
    found = re.search(r"(?:([0-9]+)\u2013)?(`[A-Z_]+|[0-9]+)(?:\^([0-9]+))?", cell)
    assert found is not None
    low, high, power = found.groups()
    named = getattr(limits, high.strip("`"), None) or int(high)
    most = named ** int(power) if power else named
    return (int(low) if low is not None else most), most


@pytest.mark.parametrize("name", TYPES)
def test_the_fields_have_the_bounds_of_the_code(name: str) -> None:
    """Each type of the table, with its least and its most."""
    (cell,) = [row[1] for row in rows(section("Fields")) if row[0] == name]
    assert bounds_in(cell) == bounds_of(TYPES[name])
