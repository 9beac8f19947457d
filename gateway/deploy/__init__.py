"""What an installation on a Raspberry Pi needs: service units, broker settings, their check."""
