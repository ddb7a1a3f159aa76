"""Where the money is: ledger, Stripe, payouts, statements, reconciliation."""
