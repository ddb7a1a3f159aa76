"""Tables of market."""
