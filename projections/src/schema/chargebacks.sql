-- Payments that their payers dispute at the provider. The facts come in any order.
CREATE TABLE chargebacks (
    ledger           text NOT NULL,
    chargeback       uuid NOT NULL,
    provider         text NOT NULL,
    -- The provider's own payment.
    payment          text NOT NULL,
    wallet           uuid,
    owner            text,
    currency         text,
    disputed         numeric,
    -- What of it is more than was left of the payment.
    beyond           numeric,
    reason           text,
    due_by           timestamptz,
    evidence         text,
    -- won or lost, and by whose word
    outcome          text,
    lost_by          text,
    reserved         numeric NOT NULL DEFAULT 0,
    withdrawn        numeric NOT NULL DEFAULT 0,
    reinstated       numeric NOT NULL DEFAULT 0,
    fee              numeric NOT NULL DEFAULT 0,
    borne            numeric NOT NULL DEFAULT 0,
    write_off_at     timestamptz,
    -- What it left owing when that was looked at.
    owed             numeric,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, chargeback)
);
CREATE INDEX ON chargebacks (ledger, created_revision);
CREATE INDEX ON chargebacks (ledger, owner, created_revision);
CREATE INDEX ON chargebacks (ledger, wallet, created_revision);
