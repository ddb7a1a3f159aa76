"""Every table of the service, imported in one place so that migrations see them all."""

from __future__ import annotations

from app.cases import models as cases
from app.catalog import models as catalog
from app.core import audit, idempotency
from app.core.webhooks import models as webhooks
from app.identity import models as identity
from app.market import models as market
from app.payments import models as payments
from app.provenance import models as provenance
from app.screening import models as screening

ALL_MODELS = (
    audit,
    idempotency,
    webhooks,
    identity,
    provenance,
    catalog,
    screening,
    payments,
    market,
    cases,
)
