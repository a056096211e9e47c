-- Commands that wait, or waited, for a second person.
CREATE TABLE proposals (
    ledger           text NOT NULL,
    proposal         uuid NOT NULL,
    proposed_by      text NOT NULL,
    -- The kind of command, and all of it.
    command          text NOT NULL,
    content          jsonb NOT NULL,
    reason           text NOT NULL,
    status           text NOT NULL,
    judged_by        text,
    expires_at       timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, proposal)
);
CREATE UNIQUE INDEX ON proposals (ledger, created_revision);
-- The few that are open among all that ever were.
CREATE INDEX ON proposals (ledger, status, created_revision);
