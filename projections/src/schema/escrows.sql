CREATE TABLE escrows (
    ledger           text NOT NULL,
    escrow           uuid NOT NULL,
    buyer            uuid NOT NULL,
    buyer_owner      text NOT NULL,
    seller           uuid NOT NULL,
    seller_owner     text NOT NULL,
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    inspection_s     bigint NOT NULL,
    -- The rate in the ledger's settings, and the rule that was agreed instead of it.
    commission_bp    integer NOT NULL,
    rule             text,
    rule_version     integer,
    fund_by          timestamptz,
    arbiter          text,
    -- Of what its milestones come to: the status of the one that most needs somebody.
    status           text NOT NULL,
    -- While delivered: when the first is released if the buyer does nothing.
    auto_release_at  timestamptz,
    -- Without what a buyer pays on top; commission and net are parts of what was released.
    released         numeric NOT NULL DEFAULT 0,
    refunded         numeric NOT NULL DEFAULT 0,
    clawed_back      numeric NOT NULL DEFAULT 0,
    commission       numeric,
    net              numeric,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, escrow)
);
CREATE UNIQUE INDEX ON escrows (ledger, created_revision);
-- A party sees the escrows in which it buys or sells, an arbiter those that it may have to decide.
CREATE INDEX ON escrows (ledger, buyer_owner, created_revision);
CREATE INDEX ON escrows (ledger, seller_owner, created_revision);
CREATE INDEX ON escrows (ledger, buyer, created_revision);
CREATE INDEX ON escrows (ledger, seller, created_revision);
CREATE INDEX ON escrows (ledger, arbiter, created_revision) WHERE arbiter IS NOT NULL;
CREATE INDEX ON escrows (ledger, status, created_revision);

-- The milestones, from 1; the whole of an escrow without any is 0.
CREATE TABLE milestones (
    ledger           text NOT NULL,
    escrow           uuid NOT NULL,
    milestone        integer NOT NULL,
    amount           numeric NOT NULL,
    status           text NOT NULL,
    deliver_by       timestamptz,
    auto_release_at  timestamptz,
    evidence         text,
    disputed_by      text,
    dispute_reason   text,
    offered_by       text,
    offered_seller   numeric,
    released         numeric NOT NULL DEFAULT 0,
    refunded         numeric NOT NULL DEFAULT 0,
    clawed_back      numeric NOT NULL DEFAULT 0,
    -- For the arbitration.
    fee              numeric NOT NULL DEFAULT 0,
    commission       numeric NOT NULL DEFAULT 0,
    net              numeric NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, escrow, milestone)
);
