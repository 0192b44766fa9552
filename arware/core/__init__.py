"""What decides, without I/O: the flow, credentials, callbacks, states, responses."""
