"""The pages and the check API."""
