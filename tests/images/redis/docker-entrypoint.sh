#!/bin/sh
# What the official images of Redis and Valkey do at their start: options alone are the server's; a server
# that root starts is run as redis.
set -eu

case ${1:-} in
-*|*.conf) set -- redis-server "$@" ;;
esac
case $1 in
redis-server|valkey-server)
	if [ "$(id -u)" = 0 ]; then
		chown -R redis .
		exec gosu redis "$0" "$@"
	fi
	set -- "$@" --protected-mode no
	;;
esac
exec "$@"
