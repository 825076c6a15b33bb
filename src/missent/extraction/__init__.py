"""Reading of attachments, in a process that can do nothing else."""
