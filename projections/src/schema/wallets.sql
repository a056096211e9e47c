CREATE TABLE wallets (
    ledger          text NOT NULL,
    wallet          uuid NOT NULL,
    owner           text NOT NULL,
    status          text NOT NULL,
    -- How much is forbidden while it is frozen: no_debits or neither.
    freeze_level    text,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision        bigint NOT NULL,
    PRIMARY KEY (ledger, wallet)
);
-- Lists are newest first, for all or for one owner.
CREATE UNIQUE INDEX ON wallets (ledger, created_revision);
CREATE INDEX ON wallets (ledger, owner, created_revision);
