"""What this process has fetched of each project: the base of every comparison; knows no HTTP."""
