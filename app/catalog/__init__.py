"""What was uploaded: tracks, assets, lineage, uploads, restrictions in force."""
