"""Other people's attacks and test vectors, through the real code and both adapters."""
