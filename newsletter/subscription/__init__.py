"""Subscribing to the newsletter by mail, changing it and leaving it; for visitors and, in `admin`, for editors."""
