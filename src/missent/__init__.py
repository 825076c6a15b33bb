"""Missent: stops e-mail from going to the wrong place."""
