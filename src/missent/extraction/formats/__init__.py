"""One file a format: octets in, documents out. Run in the sandbox only."""
