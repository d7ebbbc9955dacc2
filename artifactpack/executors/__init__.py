"""Where runs happen: local, Slurm, Ray."""
