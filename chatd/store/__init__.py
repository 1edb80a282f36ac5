"""What a person's machine keeps; knows no network."""
