"""Puts a daemon together from its settings: `daemon` is the whole, the rest its parts."""
