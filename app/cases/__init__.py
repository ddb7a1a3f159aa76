"""What goes wrong: notices, counter notices, claims, complaints, strikes, reports."""
