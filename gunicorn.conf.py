"""gunicorn reads this where it is started. Where it listens and with how many is said on its command line."""

logger_class = "ozgstatus.logs.GunicornLogger"

# No thread waits for a client: ozgstatus/worker.py says why.
worker_class = "ozgstatus.worker.PatientWorker"
threads = 4

# Longer than a proxy in front keeps its connections, so that it never sends a request into one that is being closed;
# a connection that waits costs no thread.
keepalive = 75

# What the log of requests says of one: no address, no query, no browser.
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"

# Which proxies are believed, and what, is said by TRUSTED_PROXIES alone; gunicorn itself would believe the loopback.
forwarded_allow_ips = ""


def post_worker_init(worker):
    """The site is loaded."""
    from ozgstatus.memory import settle

    settle()
