"""Tests of the feature."""
