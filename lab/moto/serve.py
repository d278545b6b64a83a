"""Serves moto on a free port of the loopback address until standard input ends; the first line of output is JSON."""

import json
import logging
import os
import socket
import sys
import threading

# IAM has the policies that AWS manages.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
host, port = listener.getsockname()
# Some services name their own address in answers.
os.environ["MOTO_PORT"] = str(port)

from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server  # noqa: E402

# What follows lies in the source tree.
sys.dont_write_bytecode = True
import additions  # noqa: E402

additions.install()
logging.getLogger("werkzeug").setLevel(logging.ERROR)
listener.listen(128)
server = make_server(
    host,
    port,
    DomainDispatcherApplication(create_backend_app),
    threaded=True,
    request_handler=MotoRequestHandler,
    fd=listener.fileno(),
)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"address": f"{host}:{port}"}), flush=True)
sys.stdin.read()
