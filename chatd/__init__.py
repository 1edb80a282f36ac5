"""A rendezvous daemon that introduces people, and the terminal client with which they talk."""

__version__ = "0.1.0"
