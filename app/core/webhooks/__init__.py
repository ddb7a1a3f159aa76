"""Outgoing webhooks: what happened here, told to those who registered an address for it.

The form is that of the Standard Webhooks specification (standardwebhooks.com). An event is written
in the transaction of the change that it tells of, and delivered at least once; receivers tell
repetitions by the ``webhook-id``.
"""
