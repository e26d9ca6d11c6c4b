"""gunicorn's settings. Threads wait for the database while others work; two processes use two cores."""

import os
from typing import Any

from prometheus_client import multiprocess

workers = int(os.environ.get("WEB_PROCESSES") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
worker_class = "gthread"
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
preload_app = True  # imported once; nothing is connected before the fork
accesslog = None  # the application's own request log says more, and no query strings
forwarded_allow_ips = ""  # RequestContext decides whose X-Forwarded-* count
limit_request_line = 8190


def child_exit(server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)
