-- What was kept for a command: asked again under its id, it is the same reference.

CREATE TABLE vault.command (
    ledger     text NOT NULL,
    subject    text NOT NULL,
    command    uuid NOT NULL,
    reference  text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ledger, subject, command),
    FOREIGN KEY (ledger, reference) REFERENCES vault.item (ledger, reference)
);
