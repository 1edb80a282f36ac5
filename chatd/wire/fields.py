"""The types of message fields that more than one kind of link uses (protocol, "Fields")."""

import re
from typing import Annotated

from msgspec import Meta

from chatd import limits

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}\Z"

Name = Annotated[str, Meta(min_length=1, max_length=limits.NAME_LENGTH, pattern=NAME_PATTERN)]
"""A user name in canonical form (lower case)."""

WantedName = Annotated[str, Meta(max_length=limits.WANTED_NAME_LENGTH)]
"""A name as a person typed it; whether it is a name is for the server to say."""

Key = Annotated[bytes, Meta(min_length=33, max_length=33)]
"""An identity: 0x01 and the 32 bytes of a static X25519 key (protocol, "Identity")."""

IntroductionId = Annotated[
    bytes, Meta(min_length=limits.INTRODUCTION_ID, max_length=limits.INTRODUCTION_ID)
]

Feature = Annotated[str, Meta(max_length=limits.FEATURE_LENGTH, pattern=r"^[a-z0-9-]+\Z")]
Features = Annotated[list[Feature], Meta(max_length=limits.FEATURES)]

Kind = Annotated[str, Meta(max_length=limits.KIND_LENGTH, pattern=r"^[a-z0-9-]+\Z")]
"""What a message of a conversation is meant as."""

Host = Annotated[str, Meta(min_length=2, max_length=62)]
"""An IP address in text form, or an onion address."""

RELAY_HOST_PATTERN = r"^[A-Za-z0-9._:-]+\Z"

RelayHost = Annotated[str, Meta(max_length=limits.RELAY_HOST, pattern=RELAY_HOST_PATTERN)]
"""A host name or an IP address in text form."""

Port = Annotated[int, Meta(ge=1, le=65535)]

Address = tuple[Host, Port]
Addresses = Annotated[list[Address], Meta(max_length=limits.CANDIDATES)]


def is_name(text: str) -> bool:
    """Whether `text` is a user name in canonical form."""
    return re.match(NAME_PATTERN, text) is not None


def is_relay_host(text: str) -> bool:
    """Whether `text` can stand for the host of a relay."""
    return len(text) <= limits.RELAY_HOST and re.match(RELAY_HOST_PATTERN, text) is not None
