"""A service's stand-in: answers /live and /ready, tells its environment, ends when told to.

usage: standin.py services.NAME
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        shown = {"arguments": sys.argv[1:], "environment": dict(os.environ)}
        body = json.dumps(shown if self.path == "/environment" else {"ok": True}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def main() -> None:
    service = os.environ["LIFERING_SERVICE"]
    if os.environ.get("STANDIN_BROKEN") == service:
        sys.exit("RuntimeError: broken on purpose")
    address = (os.environ["LIFERING_HOST"], int(os.environ["LIFERING_PORT"]))
    server = ThreadingHTTPServer(address, _Handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"{service} listens", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
