"""Audio files in, analysis samples and quality measures out."""
