"""The faces of the client: commands, words, the terminal, plain lines."""
