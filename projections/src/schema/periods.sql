-- Months that are closed for good, and when days begin in the ledger.
CREATE TABLE periods (
    ledger           text NOT NULL,
    -- `2026-11`
    period           text NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, period)
);
CREATE UNIQUE INDEX ON periods (ledger, created_revision);

CREATE TABLE calendar (
    ledger   text PRIMARY KEY,
    -- A time zone of the IANA database: `Africa/Lome`.
    zone     text NOT NULL,
    revision bigint NOT NULL
);
