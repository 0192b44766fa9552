"""What the code of a refusal says."""
