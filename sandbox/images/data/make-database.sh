#!/bin/bash
# Makes a PostgreSQL data folder that holds a migrated Sentry with the sandbox's accounts.
# Runs once, while the image is built: migrating takes minutes, copying the result seconds.
set -euo pipefail

export PATH="$PATH:$(echo /usr/lib/postgresql/*/bin)"
export SENTRY_CONF=/build/sentry

cp "$SENTRY_CONF/sentry.conf.example.py" "$SENTRY_CONF/sentry.conf.py"
sed "s/!!changeme!!/only-while-the-image-is-built/" "$SENTRY_CONF/config.example.yml" >"$SENTRY_CONF/config.yml"

install -d -o postgres -m 0700 "$PGDATA"
gosu postgres initdb --auth=trust --username=postgres --encoding=UTF8 --locale=C.UTF-8 --wal-segsize=4 >/dev/null
echo 'host all all all trust' >>"$PGDATA/pg_hba.conf"
gosu postgres pg_ctl start --wait --silent --log=/tmp/postgres.log --options='-c fsync=off -c max_wal_size=64MB'
redis-server --daemonize yes --save '' >/dev/null
memcached -u memcache -d

sentry upgrade --noinput
sentry exec /build/seed.py </build/accounts.json

gosu postgres vacuumdb --username=postgres --all --full --analyze --quiet
gosu postgres pg_ctl stop --wait --silent --mode=fast
