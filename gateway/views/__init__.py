"""What the API answers from: the parts of the gateway as a person sees them."""
