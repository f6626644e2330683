"""Runs and teams as the API server lists and watches them, in stores of a few bytes per object."""
