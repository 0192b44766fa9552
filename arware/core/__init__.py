"""What decides, without I/O: steps, credentials, callback, state, response, effects."""
