"""Content Credentials (C2PA 2.4): read on the way in, written on the way out."""
