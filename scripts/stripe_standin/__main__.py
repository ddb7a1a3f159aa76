"""Start the stand-in; its address and keys are one line of JSON on standard output."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading

from scripts.stripe_standin.api import PUBLISHABLE_KEY, SECRET_KEY, Standin
from scripts.stripe_standin.deliveries import Deliveries
from scripts.stripe_standin.server import StandinServer


def main() -> None:
    options = _options()
    deliveries = Deliveries(options.webhook_url, options.webhook_secret)
    server = StandinServer(Standin(deliveries), options.port)
    print(
        "THIS IS NOT STRIPE. A stand-in on this machine; no money moves, nothing is kept.",
        file=sys.stderr,
        flush=True,
    )
    ready = {
        "address": server.address,
        "secret_key": SECRET_KEY,
        "publishable_key": PUBLISHABLE_KEY,
        "webhook_secret": options.webhook_secret,
    }
    print(json.dumps(ready), flush=True)
    for ending in (signal.SIGTERM, signal.SIGINT):
        # From another thread, because the server's loop cannot be stopped from within.
        signal.signal(ending, lambda *_: threading.Thread(target=server.shutdown).start())
    deliveries.start()
    server.serve_forever(poll_interval=0.1)
    deliveries.stop()
    server.server_close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stripe_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--webhook-url", help="where events are delivered; none: nowhere")
    parser.add_argument("--webhook-secret", default="whsec_standin")
    return parser.parse_args()


if __name__ == "__main__":
    main()
