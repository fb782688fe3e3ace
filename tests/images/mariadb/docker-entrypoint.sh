#!/bin/bash
# What MySQL's and MariaDB's official images do at their start, for tests: an empty data directory
# gets the users and the database of MYSQL_ROOT_PASSWORD, MYSQL_ROOT_HOST, MYSQL_USER, MYSQL_PASSWORD and
# MYSQL_DATABASE, made by a server without networking; then the server is run with all arguments.
set -eu

case ${1:-} in mysqld|mariadbd) ;; *) exec "$@" ;; esac
if [ "$(id -u)" = 0 ]; then
	mkdir -p /run/mysqld
	chown -R mysql /var/lib/mysql /run/mysqld
	exec gosu mysql "$0" "$@"
fi
q() { printf %s "$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g"; }
if [ ! -d /var/lib/mysql/mysql ]; then
	: "${MYSQL_ROOT_PASSWORD:?the password of root is not given}"
	mariadb-install-db --user=mysql --datadir=/var/lib/mysql --skip-test-db \
		--auth-root-authentication-method=normal >/dev/null
	{
		echo "FLUSH PRIVILEGES;"
		echo "ALTER USER root@localhost IDENTIFIED BY '$(q "$MYSQL_ROOT_PASSWORD")';"
		host=${MYSQL_ROOT_HOST-%}
		if [ -n "$host" ] && [ "$host" != localhost ]; then
			echo "CREATE OR REPLACE USER root@'$host' IDENTIFIED BY '$(q "$MYSQL_ROOT_PASSWORD")';"
			echo "GRANT ALL ON *.* TO root@'$host' WITH GRANT OPTION;"
		fi
		[ -z "${MYSQL_DATABASE:-}" ] || echo "CREATE DATABASE \`$MYSQL_DATABASE\`;"
		if [ -n "${MYSQL_USER:-}" ]; then
			echo "CREATE USER '$(q "$MYSQL_USER")'@'%' IDENTIFIED BY '$(q "$MYSQL_PASSWORD")';"
			[ -z "${MYSQL_DATABASE:-}" ] ||
				echo "GRANT ALL ON \`$MYSQL_DATABASE\`.* TO '$(q "$MYSQL_USER")'@'%';"
		fi
	} | mariadbd --no-defaults --datadir=/var/lib/mysql --bootstrap >/dev/null
fi
program=$1
shift
exec "$program" "$@"
