"""Two melodies as sheet music: note values, spelling, the MEI document, and its engraving."""
