-- Who is what of which thing of the marketplace. What has ended stays, as ended.
CREATE TABLE relations (
    ledger           text NOT NULL,
    kind             text NOT NULL,
    object           text NOT NULL,
    -- subject:{subject} or wallet:{wallet}: one of the two columns after it.
    party            text NOT NULL,
    subject          text,
    wallet           uuid,
    -- The wallet's owner, where it is a wallet.
    owner            text,
    status           text NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, object, kind, party)
);
CREATE UNIQUE INDEX ON relations (ledger, created_revision);
CREATE INDEX ON relations (ledger, party, created_revision);
