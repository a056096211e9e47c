-- Money of a provider's payment on its way back, and what a provider gave back by itself.
CREATE TABLE refunds (
    ledger           text NOT NULL,
    refund           uuid NOT NULL,
    -- Whose money it was taken from; none of money in suspense.
    wallet           uuid,
    owner            text,
    payin            uuid,
    provider         text NOT NULL,
    -- The provider's own payment, and its own refund of it.
    payment          text NOT NULL,
    object           text,
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    reason           text,
    failure          text,
    status           text NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, refund)
);
CREATE UNIQUE INDEX ON refunds (ledger, created_revision);
CREATE INDEX ON refunds (ledger, owner, created_revision);
CREATE INDEX ON refunds (ledger, wallet, created_revision);
CREATE INDEX ON refunds (ledger, status, created_revision);
CREATE INDEX ON refunds (ledger, payin, created_revision);
