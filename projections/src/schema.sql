-- The tables of one generation of read models, made in a schema of its own.
-- Amounts are in major units at the currency's scale. Every key begins with the ledger, because
-- every question is about one.

CREATE TABLE settings (
    ledger   text PRIMARY KEY,
    settings jsonb NOT NULL,
    revision bigint NOT NULL
);

CREATE TABLE wallets (
    ledger          text NOT NULL,
    wallet          uuid NOT NULL,
    owner           text NOT NULL,
    status          text NOT NULL,
    created_at      timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision        bigint NOT NULL,
    PRIMARY KEY (ledger, wallet)
);
-- Lists are newest first, for all or for one owner.
CREATE UNIQUE INDEX ON wallets (ledger, created_revision);
CREATE INDEX ON wallets (ledger, owner, created_revision);

CREATE TABLE balances (
    ledger   text NOT NULL,
    account  text NOT NULL,
    currency text NOT NULL,
    class    text NOT NULL,
    -- The wallet whose spendable money this is, if it is one's.
    wallet   uuid,
    debits   numeric NOT NULL,
    credits  numeric NOT NULL,
    -- On the class's normal side.
    balance  numeric NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (ledger, account, currency)
);
CREATE INDEX ON balances (ledger, wallet) WHERE wallet IS NOT NULL;

CREATE TABLE events (
    ledger         text NOT NULL,
    revision       bigint NOT NULL,
    type           text NOT NULL,
    recorded_at    timestamptz NOT NULL,
    command_id     uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation      bigint,
    subject        text NOT NULL,
    role           text NOT NULL,
    category       text,
    reference      text,
    dimensions     jsonb,
    hash           text NOT NULL,
    PRIMARY KEY (ledger, revision)
);

CREATE TABLE postings (
    ledger        text NOT NULL,
    revision      bigint NOT NULL,
    line          smallint NOT NULL,
    account       text NOT NULL,
    class         text NOT NULL,
    wallet        uuid,
    side          text NOT NULL,
    amount        numeric NOT NULL,
    currency      text NOT NULL,
    -- The account's balance in this currency after this posting, on its normal side.
    balance_after numeric NOT NULL,
    PRIMARY KEY (ledger, revision, line)
);
-- A wallet's statement, newest first.
CREATE INDEX ON postings (ledger, wallet, revision, line) WHERE wallet IS NOT NULL;

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
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision        bigint NOT NULL,
    PRIMARY KEY (ledger, payin)
);
-- Lists are newest first, for all or for one owner: here, and below.
CREATE UNIQUE INDEX ON payins (ledger, created_revision);
CREATE INDEX ON payins (ledger, owner, created_revision);

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

CREATE TABLE withdrawals (
    ledger           text NOT NULL,
    withdrawal       uuid NOT NULL,
    wallet           uuid NOT NULL,
    owner            text NOT NULL,
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    destination      text NOT NULL,
    status           text NOT NULL,
    auto_approve_at  timestamptz NOT NULL,
    provider         text,
    object           text,
    reason           text,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, withdrawal)
);
CREATE UNIQUE INDEX ON withdrawals (ledger, created_revision);
CREATE INDEX ON withdrawals (ledger, owner, created_revision);
-- Finance looks for the few that wait for a judgement among all that ever were.
CREATE INDEX ON withdrawals (ledger, status, created_revision);

-- Money that came in and matched to nothing yet.
CREATE TABLE suspense_items (
    ledger           text NOT NULL,
    created_revision bigint NOT NULL,
    provider         text NOT NULL,
    object           text,
    payin            uuid,
    withdrawal       uuid,
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    reason           text NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (ledger, created_revision)
);
