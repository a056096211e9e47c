CREATE TABLE payins (
    ledger          text NOT NULL,
    payin           uuid NOT NULL,
    wallet          uuid NOT NULL,
    owner           text NOT NULL,
    amount          numeric NOT NULL,
    currency        text NOT NULL,
    provider        text NOT NULL,
    status          text NOT NULL,
    object          text,
    reason          text,
    expires_at      timestamptz NOT NULL,
    -- What it pays for, where that is not the payer's wallet: wallet, escrow, sale, subscription.
    target          text,
    target_id       uuid,
    milestone       integer,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision        bigint NOT NULL,
    PRIMARY KEY (ledger, payin)
);
-- Lists are newest first, for all or for one owner: here, and below.
CREATE UNIQUE INDEX ON payins (ledger, created_revision);
CREATE INDEX ON payins (ledger, owner, created_revision);
CREATE INDEX ON payins (ledger, wallet, created_revision);
