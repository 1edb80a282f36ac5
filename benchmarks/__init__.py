"""What chatd costs, each figure beside its floor or peer in the same run (docs/performance.md)."""
