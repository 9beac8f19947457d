"""`hinoban demo`: a whole plant and yard, as processes of their own."""
