"""The terminal client: what it remembers, decides and says."""
