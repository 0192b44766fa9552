"""Tests of user names."""
