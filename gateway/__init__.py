"""What acts: everything that changes with a cable, broker, disk or board."""
