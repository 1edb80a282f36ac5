"""What an operator can set: one table, read from a file, from variables and from options."""
