"""What goes over a link, byte for byte, without any I/O (docs/protocol)."""
