"""How pages are put together with Pyramid, whatever they show."""
