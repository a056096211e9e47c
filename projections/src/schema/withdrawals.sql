CREATE TABLE withdrawals (
    ledger           text NOT NULL,
    withdrawal       uuid NOT NULL,
    wallet           uuid NOT NULL,
    owner            text NOT NULL,
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    -- What it costs its owner, beside the amount.
    fee              numeric,
    destination      text NOT NULL,
    status           text NOT NULL,
    auto_approve_at  timestamptz NOT NULL,
    -- When it was due and might not approve itself: persons have to look at it since.
    alerted_at       timestamptz,
    provider         text,
    object           text,
    reason           text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, withdrawal)
);
CREATE UNIQUE INDEX ON withdrawals (ledger, created_revision);
CREATE INDEX ON withdrawals (ledger, owner, created_revision);
CREATE INDEX ON withdrawals (ledger, wallet, created_revision);
-- Finance looks for the few that wait for a judgement among all that ever were.
CREATE INDEX ON withdrawals (ledger, status, created_revision);
CREATE INDEX ON withdrawals (ledger, created_revision) WHERE alerted_at IS NOT NULL;
