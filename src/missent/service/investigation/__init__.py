"""What an investigation finds out: from deliveries to an incident, and what is done about it."""
