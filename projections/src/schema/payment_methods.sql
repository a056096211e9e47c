-- Ways to pay and to be paid, as references into a provider's vault.
CREATE TABLE payment_methods (
    ledger           text NOT NULL,
    method           uuid NOT NULL,
    wallet           uuid NOT NULL,
    owner            text NOT NULL,
    provider         text NOT NULL,
    kind             text NOT NULL,
    token            text NOT NULL,
    hint             text,
    is_default       boolean NOT NULL,
    status           text NOT NULL,
    reason           text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, method)
);
CREATE UNIQUE INDEX ON payment_methods (ledger, created_revision);
CREATE INDEX ON payment_methods (ledger, wallet, created_revision);
