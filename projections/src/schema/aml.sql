-- Suspicions on record.
CREATE TABLE flags (
    ledger           text NOT NULL,
    flag             uuid NOT NULL,
    wallet           uuid,
    -- The event of the log that it is about.
    about_revision   bigint,
    reason           text NOT NULL,
    severity         text NOT NULL,
    status           text NOT NULL,
    raised_by        text NOT NULL,
    outcome          text,
    cleared_by       text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, flag)
);
CREATE UNIQUE INDEX ON flags (ledger, created_revision);
CREATE INDEX ON flags (ledger, wallet, status);

-- Money that is kept back of wallets while somebody looks into it.
CREATE TABLE risk_holds (
    ledger           text NOT NULL,
    risk_hold        uuid NOT NULL,
    wallet           uuid NOT NULL,
    owner            text NOT NULL,
    currency         text NOT NULL,
    amount           numeric NOT NULL,
    reason           text NOT NULL,
    status           text NOT NULL,
    -- What was still there when it was released.
    released         numeric,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, risk_hold)
);
CREATE UNIQUE INDEX ON risk_holds (ledger, created_revision);
CREATE INDEX ON risk_holds (ledger, wallet, created_revision);
