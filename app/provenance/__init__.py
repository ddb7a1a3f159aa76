"""Who made it and how we know: keys, statements, transparency log."""
