"""The mail edges: milter, SMTP proxy, relay."""
