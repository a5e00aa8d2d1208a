"""gunicorn reads this where it is started. Where it listens and with how many is said on its command line."""

logger_class = "ozgstatus.logs.GunicornLogger"

# What the log of requests says of one: no address, no query, no browser.
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"

# Which proxies are believed, and what, is said by TRUSTED_PROXIES alone; gunicorn itself would believe the loopback.
forwarded_allow_ips = ""
