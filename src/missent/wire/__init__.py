"""Protocol bytes, no I/O."""
