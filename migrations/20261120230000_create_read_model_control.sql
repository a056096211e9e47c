-- What the read models need to know of themselves. Everything here can be dropped: it is rebuilt
-- from the log.

CREATE SCHEMA IF NOT EXISTS cauri;

-- Views with the names of the read models, pointing at the live generation.
CREATE SCHEMA IF NOT EXISTS read;

-- One set of read-model tables, in the schema read_{id}. A rebuild stands beside the live one.
CREATE TABLE cauri.generation (
    id         bigint PRIMARY KEY,
    version    integer NOT NULL,
    status     text NOT NULL CHECK (status IN ('building', 'live', 'retired')),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- At most one generation is served.
CREATE UNIQUE INDEX generation_live ON cauri.generation (status) WHERE status = 'live';

-- How far each ledger is applied, moved in the transaction that writes the rows.
CREATE TABLE cauri.checkpoint (
    generation bigint NOT NULL REFERENCES cauri.generation (id) ON DELETE CASCADE,
    ledger     text NOT NULL,
    -- The last revision applied; -1 before the first.
    revision   bigint NOT NULL,
    -- Its hash, to notice when the log is another one. Empty before the first.
    hash       text NOT NULL,
    -- Why the runner stopped at the revision after this one, if it did.
    failure    text,
    PRIMARY KEY (generation, ledger)
);
