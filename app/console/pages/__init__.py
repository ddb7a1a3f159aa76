"""The pages, one module for each place a person goes to."""
