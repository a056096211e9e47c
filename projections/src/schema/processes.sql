-- Every instance of a process manager: what it waits for, and what became of it.
CREATE TABLE processes (
    ledger           text NOT NULL,
    -- `withdrawal`, and the withdrawal's id.
    process          text NOT NULL,
    instance         uuid NOT NULL,
    -- waiting, stuck, skipped, given_up, ended
    state            text NOT NULL,
    waits_for        text,
    due_at           timestamptz,
    -- How many parts of its thing have not ended, where it has parts.
    parts            integer,
    -- The step that is or was stuck, how often it was tried, and why it was refused.
    step             text,
    tries            integer NOT NULL,
    last_refusal     text,
    -- The events that it is made of, in order.
    history          bigint[] NOT NULL,
    correlation_id   uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    created_revision bigint NOT NULL,
    revision         bigint NOT NULL,
    PRIMARY KEY (ledger, process, instance)
);
CREATE INDEX ON processes (ledger, created_revision);
-- The few that are not ended among all that ever were.
CREATE INDEX ON processes (ledger, state, created_revision) WHERE state <> 'ended';
