"""An operator uses the account of somebody else."""
