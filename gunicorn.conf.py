"""gunicorn reads this where it is started. Where it listens and with how many is said on its command line."""

logger_class = "ozgstatus.logs.GunicornLogger"
