#!/bin/bash
# consumer.sh SERVICE [COMMAND…]: a service of which Docker sees what it would see of a consumer of Kafka: a process
# of the user `sentry` that keeps a heartbeat. With a command, `sentry COMMAND…` runs beside the heartbeat.
#
# The file stand-in/sick/SERVICE in the project folder makes it sick within a second. Empty: it runs on without a
# heartbeat. With the word `dead` in it: it ends, and again after each restart.
if [ "$(id -u)" = 0 ]; then exec tini -- gosu sentry "$0" "$@"; fi
sick=/stand-in/sick/$1
shift

# Nothing ever comes from it: a second passes without a process for it.
exec {nothing}<> <(:)

keep_heartbeat() {
  while :; do
    if [ ! -e "$sick" ]; then
      : >/tmp/health.txt
    elif grep --quiet dead "$sick"; then
      echo "The consumer ends, as $sick says." >&2
      kill "$$"
    fi
    read -r -t 1 -u "$nothing"
  done
}

if (($#)); then
  keep_heartbeat &
  exec sentry "$@"
fi
keep_heartbeat
