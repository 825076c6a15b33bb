"""Where a scan runs, and how its sources are read."""
