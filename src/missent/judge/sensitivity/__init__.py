"""What is in the mail: one detector a file. Pure."""
