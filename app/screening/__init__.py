"""What it resembles: reference corpus, screening runs, verdicts, human review."""
