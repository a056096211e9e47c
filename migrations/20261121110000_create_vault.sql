-- Personal data and secrets, encrypted. Unlike the read models this is made from nothing: it is not
-- in the log, no rebuild touches it, and it belongs into the backup (docs/vault.md).

CREATE SCHEMA vault;

-- One data key for each person or thing, wrapped by a master key that is not in this database.
-- Erasing a subject destroys its key and leaves the row, so that it is known to be erased and not
-- lost. Whoever comes back afterwards gets a new row.
CREATE TABLE vault.subject_key (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ledger      text NOT NULL,
    subject     text NOT NULL,
    -- Which master key wraps it: a short hash of that key.
    key_id      text NOT NULL,
    wrapped_key bytea,
    created_at  timestamptz NOT NULL DEFAULT now(),
    erased_at   timestamptz,
    CHECK ((wrapped_key IS NULL) = (erased_at IS NOT NULL))
);

-- At most one key of a subject lives.
CREATE UNIQUE INDEX subject_key_live ON vault.subject_key (ledger, subject) WHERE erased_at IS NULL;

-- For rotation: what is not yet wrapped by the newest master key.
CREATE INDEX subject_key_wrapped_by ON vault.subject_key (key_id) WHERE erased_at IS NULL;

-- What is kept, by the reference that stands for it everywhere else.
CREATE TABLE vault.item (
    ledger      text NOT NULL,
    reference   text NOT NULL,
    kind        text NOT NULL,
    subject_key bigint NOT NULL REFERENCES vault.subject_key (id),
    ciphertext  bytea,
    created_at  timestamptz NOT NULL DEFAULT now(),
    erased_at   timestamptz,
    PRIMARY KEY (ledger, reference),
    CHECK ((ciphertext IS NULL) = (erased_at IS NOT NULL))
);

-- What an erasure has to reach.
CREATE INDEX item_of_subject ON vault.item (subject_key);
