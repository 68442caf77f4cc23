#!/bin/sh
# Make sure that the tests have a PostgreSQL server: Debian's package. Without one, its tests are skipped.
# Usage: sh tests/install_servers.sh
set -u
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Debian's postgresql for the tests of studies ..."
    # No cluster of its own: the tests start a server on a free loopback port and stop it.
    mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" >>/etc/postgresql-common/createcluster.conf
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null && exit 0
fi
echo "The tests on PostgreSQL are skipped: install it with 'sudo apt-get install postgresql' to run them." >&2
exit 0
