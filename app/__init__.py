"""The Countersign service: rooms of one shape, on floors (see ``docs/architecture.md``)."""
