"""Exposure: which look-alike domains could receive our mail, how much, and who controls them."""
