"""The blind relay: passes ciphertext between two people who hold tickets, and keeps nothing."""
