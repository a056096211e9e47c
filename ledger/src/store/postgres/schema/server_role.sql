-- The rights of a server on the log, for a role that does not own it. Run it as the owner of the
-- tables, after they were made, with psql:
--
--     psql --set=role=cauri_server --file=server_role.sql
--
-- A server with these rights adds events and reads them. It cannot change or remove one, nor drop
-- what refuses that.
GRANT USAGE ON SCHEMA cauri_log TO :"role";
GRANT SELECT ON ALL TABLES IN SCHEMA cauri_log TO :"role";
GRANT INSERT ON cauri_log.events, cauri_log.heads TO :"role";
GRANT UPDATE (revision, hash, epoch) ON cauri_log.heads TO :"role";
GRANT UPDATE (epoch, barrier) ON cauri_log.fence TO :"role";
GRANT UPDATE (holder, address, epoch, expires_at) ON cauri_log.lease TO :"role";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cauri_log TO :"role";
