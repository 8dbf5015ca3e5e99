#!/bin/bash
# Run a Sentry command as the user `sentry`, whoever the container was started as.
# It is started directly (image) or sourced by the project folder's sentry/entrypoint.sh.
set -e

case "$1" in
  -* | cleanup | config | createuser | django | exec | export | files | help | import | init | permissions | \
    plugins | queues | repair | run | shell | start | upgrade)
    set -- sentry "$@"
    ;;
esac

if [ "$1" = sentry ]; then
  if [ "$(id -u)" = 0 ]; then
    # A volume that root made would keep Sentry from storing files.
    install -d -o sentry -g sentry /data/files
    find /data ! -user sentry -exec chown sentry {} +
    set -- gosu sentry "$@"
  fi
  set -- tini -- "$@"
fi

exec "$@"
