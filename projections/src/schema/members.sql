-- Who acts for a wallet beside its owner. Who was revoked stays, as revoked.
CREATE TABLE members (
    ledger           text NOT NULL,
    wallet           uuid NOT NULL,
    subject          text NOT NULL,
    -- The wallet's owner.
    owner            text NOT NULL,
    may              text NOT NULL,
    -- The most that they may spend in a day, if that is limited.
    daily            numeric,
    currency         text,
    status           text NOT NULL,
    -- Who granted or revoked it last.
    by_subject       text NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, wallet, subject)
);
CREATE UNIQUE INDEX ON members (ledger, created_revision);
CREATE INDEX ON members (ledger, subject, status);
