"""How one name is mistaken for another. Pure."""
