"""`chatctl status --watch`: the figures of a running daemon, for a person in a terminal."""
