"""The recipient-safety file: what an organisation publishes of its names, and what others may load."""
