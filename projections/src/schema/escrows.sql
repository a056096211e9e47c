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
    commission_bp    integer NOT NULL,
    status           text NOT NULL,
    -- While delivered: when it is released if the buyer does nothing.
    auto_release_at  timestamptz,
    -- Once released: the platform's share, 0 when it rounded to nothing.
    commission       numeric,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, escrow)
);
CREATE UNIQUE INDEX ON escrows (ledger, created_revision);
-- A party sees the escrows in which it buys or sells.
CREATE INDEX ON escrows (ledger, buyer_owner, created_revision);
CREATE INDEX ON escrows (ledger, seller_owner, created_revision);
