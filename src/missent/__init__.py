"""Missent: stops e-mail from going to the wrong place."""

from importlib.metadata import version

__version__ = version("missent")
