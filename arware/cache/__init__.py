"""Regions of dogpile.cache: what several processes may share."""
