"""The newsletter by mail: who still gets it (outbox), how it is handed over (sender, smtp), what comes back (returns)."""
