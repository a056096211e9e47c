-- Money that came in and matched to nothing yet.
CREATE TABLE suspense_items (
    ledger           text NOT NULL,
    created_revision bigint NOT NULL,
    provider         text NOT NULL,
    object           text,
    payin            uuid,
    withdrawal       uuid,
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    reason           text NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (ledger, created_revision)
);
