#!/bin/sh
# The owner of the tables, who is no superuser, and the logins of the services; PostgreSQL's image runs this when it
# makes the database. What each role may do comes with the schema.
set -eu
psql -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<SQL
CREATE ROLE keyward_dba NOLOGIN;
CREATE ROLE keyward_auditor NOLOGIN;
CREATE ROLE keyward_serve NOLOGIN;
CREATE ROLE keyward_writer NOLOGIN;
CREATE ROLE keyward_admin NOLOGIN;
CREATE ROLE keyward_sign NOLOGIN;
CREATE ROLE keyward_tools NOLOGIN;
CREATE ROLE keyward_owner LOGIN PASSWORD '$(cat /run/secrets/owner-password)';
CREATE ROLE keyward_server LOGIN PASSWORD '$(cat /run/secrets/server-password)' IN ROLE keyward_serve, keyward_writer, keyward_admin;
CREATE ROLE keyward_signer LOGIN PASSWORD '$(cat /run/secrets/signer-password)' IN ROLE keyward_sign;
CREATE ROLE powerdns_tools LOGIN PASSWORD '$(cat /run/secrets/tools-password)' IN ROLE keyward_tools;
ALTER DATABASE "$POSTGRES_DB" OWNER TO keyward_owner;
SQL
