-- Which command a thing was kept for: what none is bound to was never answered to anybody.

CREATE INDEX command_of_item ON vault.command (ledger, reference);
