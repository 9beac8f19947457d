"""What a person types, beyond running the gateway."""
