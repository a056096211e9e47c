-- What providers delivered: durable, never rebuilt from the log. It is no book: what a delivery did
-- is in the log alone, and applying it again changes nothing there.

CREATE SCHEMA IF NOT EXISTS inbox;

-- One row for each authentic delivery. Narrow, as it is written again when it was applied.
CREATE TABLE inbox.delivery (
    -- Version 7: rows are in the order of their coming.
    id            uuid PRIMARY KEY,
    ledger        text NOT NULL,
    provider      text NOT NULL,
    -- The provider's id of the event; sha256: and the body's digest where it has none.
    key           text NOT NULL,
    body_sha256   bytea NOT NULL CHECK (octet_length(body_sha256) = 32),
    -- The provider's word for what happened.
    kind          text NOT NULL,
    -- Which of its secrets proved it: a short digest, no secret. None where none did.
    key_id        text,
    received_at   timestamptz NOT NULL,
    state         text NOT NULL
        CHECK (state IN ('stored', 'applied', 'no_effect', 'waiting', 'dead')),
    -- How often it could not be applied.
    tries         integer NOT NULL DEFAULT 0,
    -- When it is tried next; of meaning while it is stored or waiting.
    next_try_at   timestamptz,
    -- Why it could not be applied: a code, a field and a sentence, nothing personal.
    error_code    text,
    error_field   text,
    error_message text,
    -- The revision that it led to, if any.
    revision      bigint,
    -- The same key over other bytes is kept as well: an id that its provider uses twice hides nothing.
    UNIQUE (ledger, provider, key, body_sha256)
);

CREATE INDEX delivery_due ON inbox.delivery (next_try_at) WHERE state IN ('stored', 'waiting');
CREATE INDEX delivery_open ON inbox.delivery (ledger, state, id) WHERE state IN ('waiting', 'dead');

-- The bodies as they came, sealed. Beside the rows, so that a row's change does not write its body
-- again, and so that a body goes without its row. Written in the statement that writes the row.
CREATE TABLE inbox.body (
    delivery    uuid PRIMARY KEY,
    -- Which of the vault's master keys wraps this body's own key.
    key_id      text NOT NULL,
    wrapped_key bytea NOT NULL,
    ciphertext  bytea NOT NULL
);
-- For a rotation of the master key.
CREATE INDEX body_wrapped_by ON inbox.body (key_id);
-- Ciphertext does not become smaller.
ALTER TABLE inbox.body ALTER COLUMN ciphertext SET STORAGE EXTERNAL;
