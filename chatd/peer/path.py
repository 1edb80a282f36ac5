"""How the path of a link is called where it is no address."""

RELAY = "the relay"
"""Of a link that passes through the relay."""
ONION = "a Tor onion service"
"""Of a link through Tor."""
