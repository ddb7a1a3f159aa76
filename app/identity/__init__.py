"""Who is asking: people, organisations, roles, API keys, sessions."""
