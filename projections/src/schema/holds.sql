-- Money reserved for payments that are not final yet.
CREATE TABLE holds (
    ledger           text NOT NULL,
    hold             uuid NOT NULL,
    -- The first payer; all of them are among the legs.
    wallet           uuid NOT NULL,
    owner            text NOT NULL,
    legs             jsonb NOT NULL,
    currency         text NOT NULL,
    -- What was put in, what was captured of it, what came back.
    placed           numeric NOT NULL,
    captured         numeric NOT NULL,
    released         numeric NOT NULL,
    status           text NOT NULL,
    reason           text,
    expires_at       timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, hold)
);
CREATE UNIQUE INDEX ON holds (ledger, created_revision);
CREATE INDEX ON holds (ledger, owner, created_revision);
CREATE INDEX ON holds (ledger, wallet, created_revision);
CREATE INDEX ON holds (ledger, status, created_revision);

-- What each payer has in each hold that stands: a wallet shows the sum as held.
CREATE TABLE hold_legs (
    ledger           text NOT NULL,
    hold             uuid NOT NULL,
    wallet           uuid NOT NULL,
    currency         text NOT NULL,
    held             numeric NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, hold, wallet)
);
CREATE INDEX ON hold_legs (ledger, wallet);

-- The captures of holds.
CREATE TABLE captures (
    ledger           text NOT NULL,
    hold             uuid NOT NULL,
    capture          uuid NOT NULL,
    taken            numeric NOT NULL,
    last             boolean NOT NULL,
    payees           jsonb NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, hold, capture)
);
