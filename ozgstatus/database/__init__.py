"""The ENGINE of DATABASES: Django's PostgreSQL, with an end to waiting and a quick return.

The timeouts of the server do not hold where the server is frozen, and those of TCP not on a socket. So a connection
that hears nothing tries a second one: a server that answers it is busy, and one that does not is gone. While an
outage lasts everybody is refused at once, so that no threads pile up, and one thread per process waits for the return.
Then the pool is made anew, as its own attempts to reconnect are up to minutes apart by then.
"""
