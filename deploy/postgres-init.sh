#!/bin/sh
# Runs once, when Postgres makes its data folder: the application's role, which is no superuser, and its database.
set -eu
install -d -m 700 /backups/base /backups/wal
psql -v ON_ERROR_STOP=1 -v password="$FDCS_DB_PASSWORD" -U postgres -d postgres <<'SQL'
CREATE ROLE fdcs LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD :'password';
CREATE DATABASE fdcs OWNER fdcs;
REVOKE ALL ON DATABASE fdcs FROM PUBLIC;
SQL
# The backup service connects from its own container.
echo 'host replication postgres samenet scram-sha-256' >>"$PGDATA/pg_hba.conf"
