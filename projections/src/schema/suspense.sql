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

-- What of each payment is in suspense still; the payment is '' where nobody named one.
CREATE TABLE suspense_held (
    ledger   text NOT NULL,
    provider text NOT NULL,
    object   text NOT NULL,
    currency text NOT NULL,
    held     numeric NOT NULL,
    PRIMARY KEY (ledger, provider, object, currency)
);

-- What each event moved in and out of suspense, by payment: how old is what is there.
CREATE TABLE suspense_movements (
    ledger   text NOT NULL,
    revision bigint NOT NULL,
    provider text NOT NULL,
    object   text NOT NULL,
    currency text NOT NULL,
    -- Into suspense; negative out of it.
    amount   numeric NOT NULL,
    PRIMARY KEY (ledger, revision, provider, object, currency)
);
CREATE INDEX ON suspense_movements (ledger, provider, object);
