"""The resources of the API, one module each; none of them touches the network."""
