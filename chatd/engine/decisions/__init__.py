"""What the client decides: pure objects without I/O, clock or chance."""
