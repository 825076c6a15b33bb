"""The replay of an archive in time order: what the judge would have said, and how often rightly."""
