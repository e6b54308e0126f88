"""Hotline 12345: a city's hotline regulation, executed from its diagrams and decision tables."""

__version__ = "0.1.0"
