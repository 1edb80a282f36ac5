"""The face for programs: JSON-RPC, one message a line (docs/programs.md)."""
