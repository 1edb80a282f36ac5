"""The daemon: introduces people by name and gets out of the way."""
