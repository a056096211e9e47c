-- Payments of which a provider told in another currency than before: nothing is booked for it.
CREATE TABLE contradictions (
    ledger           text NOT NULL,
    created_revision bigint NOT NULL,
    provider         text NOT NULL,
    object           text NOT NULL,
    payin            uuid,
    -- What it said now, and the most that it said before.
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    before_amount    numeric NOT NULL,
    before_currency  text NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (ledger, created_revision)
);
