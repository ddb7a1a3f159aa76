"""What every room stands on: settings, database, storage, jobs, clock, errors, audit events."""
