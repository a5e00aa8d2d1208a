"""The newsletter by mail: who still gets it (outbox), how it goes (sender, smtp), what comes back (returns)."""
