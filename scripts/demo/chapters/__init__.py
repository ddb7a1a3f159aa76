"""The chapters of the story, in the order in which a track lives them."""
