"""The direct link between two people: finding a path, and the conversation on it."""
