"""One signal a file; SIGNALS is the order in which they run."""
