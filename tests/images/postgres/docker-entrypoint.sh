#!/bin/bash
# What postgres' official image does at its start, for tests: an empty PGDATA gets a cluster with the
# user, password and database of POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, made by a
# server that listens on no TCP port; then the server is run with all arguments.
set -eu

[ "${1:-}" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$PGDATA"
	chown -R postgres "$PGDATA" "$(dirname "$PGDATA")"
	chmod 700 "$PGDATA"
	exec gosu postgres "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	: "${POSTGRES_PASSWORD:?no password of the superuser is given}"
	user=${POSTGRES_USER:-postgres} db=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
	initdb -U "$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
		--auth-local=trust --auth-host=trust >/dev/null
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	pg_ctl -D "$PGDATA" -w -s -o "$(printf '%q ' "${@:2}" -c listen_addresses= -c port=5432)" start
	if [ "$db" != postgres ]; then
		psql -X -q -v ON_ERROR_STOP=1 -v db="$db" -U "$user" -d postgres \
			<<<'CREATE DATABASE :"db";'
	fi
	pg_ctl -D "$PGDATA" -m fast -w -s stop
fi
exec "$@"
