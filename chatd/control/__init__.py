"""A JSON line in, a JSON line out, on a Unix socket that only its own account can open."""
