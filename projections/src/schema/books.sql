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
    -- Which key proved the webhook that asked, where one did.
    key_id         text,
    PRIMARY KEY (ledger, revision)
);
-- What a story was for, as the first of its commands that said so.
CREATE INDEX ON events (ledger, correlation_id, revision)
    WHERE category IS NOT NULL OR dimensions IS NOT NULL;

-- What was the ledger at an instant.
CREATE INDEX ON events (ledger, recorded_at, revision);

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
    -- The day it is about, and the day it counts for in the accounts.
    effective_on  date NOT NULL,
    posted_on     date NOT NULL,
    PRIMARY KEY (ledger, revision, line)
);
-- A wallet's statement, newest first.
CREATE INDEX ON postings (ledger, wallet, revision, line) WHERE wallet IS NOT NULL;
