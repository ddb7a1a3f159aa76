"""A stand-in for Stripe on this machine: it speaks Stripe's HTTP API, and moves no money.

A separate process that the real Stripe SDK talks to over HTTP, for demonstrations and tests. It
knows payment intents, charges, balance transactions, refunds, disputes, events and signed webhooks
(delivered at least once, retried), honours ``Idempotency-Key``, and refuses parameters that the
installed SDK does not know, so that an upgrade of the SDK shows what changed.

It encodes our reading of Stripe's documentation and has never been compared with Stripe itself.
Its state lives in memory: it ends with the process. Whatever Stripe's API does not have (faults to
order, disputes to open, webhooks to hold back) is below ``/_standin``.

    python -m scripts.stripe_standin --webhook-url http://127.0.0.1:8000/webhooks/stripe \\
        --webhook-secret whsec_demo
"""
