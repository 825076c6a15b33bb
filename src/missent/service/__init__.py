"""The duties. Synchronous; the world only through `ports`."""
