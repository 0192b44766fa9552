"""Between an event loop and what blocks: threads, and pages that are WSGI."""
