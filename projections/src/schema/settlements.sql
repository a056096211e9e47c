-- What providers settled to our own bank account.
CREATE TABLE settlements (
    ledger           text NOT NULL,
    settlement       uuid NOT NULL,
    provider         text NOT NULL,
    -- The provider's own id of its payout to us.
    object           text NOT NULL,
    -- The day it reached the bank, or left it.
    value_date       date NOT NULL,
    -- How many things the provider says that it covers.
    items            bigint,
    -- recorded or reversed.
    status           text NOT NULL,
    -- Why it was reversed.
    reason           text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, settlement)
);
CREATE INDEX ON settlements (ledger, created_revision);
CREATE INDEX ON settlements (ledger, provider, object);

-- How much, in each currency.
CREATE TABLE settlement_sums (
    ledger     text NOT NULL,
    settlement uuid NOT NULL,
    currency   text NOT NULL,
    -- What left the clearing account; negative into it.
    gross      numeric NOT NULL,
    fee        numeric NOT NULL,
    -- What reached the bank; negative out of it.
    net        numeric NOT NULL,
    PRIMARY KEY (ledger, settlement, currency)
);
