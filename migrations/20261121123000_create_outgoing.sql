-- How far each endpoint was told what happened. Not rebuilt from the log: what was delivered is no
-- event. Where this is lost, everything is sent again from where each endpoint's events in the log
-- say, under the same ids (docs/outgoing-webhooks.md).

CREATE SCHEMA outgoing;

-- The last revision of each ledger that was looked through for events about endpoints.
CREATE TABLE outgoing.ledger (
    ledger  text PRIMARY KEY,
    scanned bigint NOT NULL
);

-- An endpoint that is not removed, as those events say, and where it stands.
CREATE TABLE outgoing.endpoint (
    ledger         text NOT NULL,
    endpoint       uuid NOT NULL,
    terms          jsonb NOT NULL,
    -- The last event that said where to go on, or from when on: what was tried before it, and is
    -- told after it, does not count.
    epoch          bigint NOT NULL,
    -- The next revision to be sent, or left out.
    next           bigint NOT NULL,
    -- How often that one was tried, and when it is due again. Of a failing endpoint: its probes.
    tries          integer NOT NULL DEFAULT 0,
    due_at         timestamptz,
    -- How many events in a row were given up before it, and the first of them.
    given_up       integer NOT NULL DEFAULT 0,
    first_given_up bigint,
    -- The secret before the last rotation, and until when it signs too.
    former         text,
    former_until   timestamptz,
    PRIMARY KEY (ledger, endpoint)
);

-- What was sent, and what became of it: for people. Old rows are removed.
CREATE TABLE outgoing.delivery (
    ledger   text NOT NULL,
    endpoint uuid NOT NULL,
    revision bigint NOT NULL,
    kind     text NOT NULL,
    state    text NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    -- The last tries, the oldest first: at, status, error, ms.
    attempts jsonb NOT NULL,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    PRIMARY KEY (ledger, endpoint, revision)
);

CREATE INDEX delivery_by_state ON outgoing.delivery (ledger, endpoint, state, revision);
CREATE INDEX delivery_by_age ON outgoing.delivery (last_at);

-- Where in the vault the secret is that a command made: asked again, it is the same one.
CREATE TABLE outgoing.secret (
    ledger    text NOT NULL,
    subject   text NOT NULL,
    command   uuid NOT NULL,
    reference text NOT NULL,
    PRIMARY KEY (ledger, subject, command)
);
