"""Packages and compiled modules for the board."""
