"""One thing and the end: chat send, chat ask, chat wait (docs/programs.md)."""
