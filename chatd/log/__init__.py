"""The log of a daemon: says what it does, and neither who comes nor what they send."""
