import time

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import PoolClosed, PoolTimeout

from . import outage
from .connection import Connection

# Seconds for a connection of the pool, the making of it included; PoolTimeout is raised then.
PATIENCE = 2


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        if self.alias != DEFAULT_DB_ALIAS:
            return super().get_new_connection(conn_params)
        outage.refuse()
        began = time.monotonic()
        while True:
            try:
                return super().get_new_connection(conn_params)
            except PoolClosed:  # that of an outage, which has just ended
                if time.monotonic() > began + PATIENCE:
                    raise
            except PoolTimeout:
                failed_at, fault = Connection.last_failure or (0, None)
                if fault and failed_at >= began:
                    outage.begin(fault, conn_params)
                outage.refuse()
                if time.monotonic() > began + PATIENCE:
                    raise


@outage.at_end.append
def renew_pool():
    pool = DatabaseWrapper._connection_pools.pop(DEFAULT_DB_ALIAS, None)
    if pool:
        pool.close()
