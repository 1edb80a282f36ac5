"""The client's face in a terminal; it only shows what `chatd.client` says."""
