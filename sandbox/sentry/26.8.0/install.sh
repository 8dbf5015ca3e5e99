#!/usr/bin/env bash
# Install or upgrade this Sentry: stop everything, build, migrate. It does not start Sentry.
set -eEuo pipefail
cd "$(dirname "$0")"
umask 002
exec &> >(tee -a "sentry_install_log-$(date +%Y-%m-%d_%H-%M-%S).txt")

ENV_FILE=.env
if [ -f .env.custom ]; then ENV_FILE=.env.custom; fi
STOP_TIMEOUT=60
MIN_CPUS=2
MIN_MEMORY_MB=3800
# Upstream asks for 2.32.2.
MIN_COMPOSE=2.26.0
source install/_lib.sh

show_help() {
  cat <<HELP
Usage: $0 [options]

 -h, --help                           Show this and exit.
 --minimize-downtime                  Leave nginx and relay running, and start Sentry at the end.
 --skip-commit-check                  Do not ask whether the checkout is the latest commit.
 --skip-user-creation                 Do not offer to create a user.
 --skip-sse42-requirements            Do not check the CPU for SSE 4.2.
 --report-self-hosted-issues          Send errors of this installation to upstream.
 --no-report-self-hosted-issues       Do not.
 --container-engine-podman            Use podman.
 --apply-automatic-config-updates     Change sentry.conf.py where this release needs it.
 --no-apply-automatic-config-updates  Do not; end where it needs it.
HELP
}

# Nothing here has a use for the checks of commit and CPU: there is no git checkout and no ClickHouse.
parse_options() {
  step "Parsing command line"
  while (($#)); do
    case "$1" in
      -h | --help) show_help && exit ;;
      --minimize-downtime) MINIMIZE_DOWNTIME=1 ;;
      --skip-user-creation | --skip-user-prompt | --no-user-prompt) SKIP_USER_CREATION=1 ;;
      --report-self-hosted-issues) REPORT_SELF_HOSTED_ISSUES=1 ;;
      --no-report-self-hosted-issues) REPORT_SELF_HOSTED_ISSUES=0 ;;
      --apply-automatic-config-updates) APPLY_AUTOMATIC_CONFIG_UPDATES=1 ;;
      --no-apply-automatic-config-updates) APPLY_AUTOMATIC_CONFIG_UPDATES=0 ;;
      --container-engine-podman) fail "Podman is not installed on the system." ;;
      --skip-commit-check | --skip-sse42-requirements | --) ;;
      *)
        echo "Unexpected argument: $1. --help lists the known ones."
        exit 1
        ;;
    esac
    shift
  done
}

turn_things_off() {
  step "Turning things off"
  if [ -n "$MINIMIZE_DOWNTIME" ]; then
    dc config --services | grep -v -x -e nginx -e relay | xargs docker compose --ansi never --env-file "$ENV_FILE" rm -fsv
  else
    dc down -t "$STOP_TIMEOUT" --rmi local --remove-orphans
  fi
}

create_volumes() {
  step "Creating volumes for persistent storage"
  local volume
  for volume in sentry-data sentry-postgres sentry-redis; do
    echo "Created $(docker volume create "${COMPOSE_PROJECT_NAME}_$volume")."
  done
}

# By now everything is off, so a "no" leaves a Sentry that stays off.
check_memcached_backend() {
  step "Checking memcached backend"
  if grep -q '\.ReconnectingMemcache' sentry/sentry.conf.py; then
    echo "ReconnectingMemcache found in sentry/sentry.conf.py."
  elif grep -q '\.PyMemcacheCache' sentry/sentry.conf.py; then
    if [ -z "$APPLY_AUTOMATIC_CONFIG_UPDATES" ]; then
      yes_or_no "May PyMemcacheCache in sentry/sentry.conf.py be replaced?
(--apply-automatic-config-updates or --no-apply-automatic-config-updates answers beforehand.)"
      APPLY_AUTOMATIC_CONFIG_UPDATES=$ANSWER
    fi
    [ "$APPLY_AUTOMATIC_CONFIG_UPDATES" = 1 ] || fail "PyMemcacheCache in sentry/sentry.conf.py: replace it by ReconnectingMemcache"
    sed -i 's/django\.core\.cache\.backends\.memcached\.PyMemcacheCache/sentry.cache.backends.reconnectingmemcache.ReconnectingMemcache/' sentry/sentry.conf.py
  elif grep -q '\.MemcachedCache' sentry/sentry.conf.py; then
    fail "MemcachedCache in sentry/sentry.conf.py: replace it by ReconnectingMemcache"
  fi
}

build_images() {
  step "Building and tagging Docker images"
  dc build web
  # Upstream does this for every service; all others have the image of `web`.
  dc build sentry-cleanup
}

migrate_database() {
  step "Setting up / migrating database"
  dc up --wait postgres pgbouncer
  if [ -n "${CI:-}" ] || [ "$SKIP_USER_CREATION" = 1 ]; then
    dc run --rm web upgrade --noinput
    echo "No user was asked for. To make one: docker compose run --rm web createuser"
  else
    dc run --rm web upgrade
  fi
}

wrap_up() {
  if [ -n "$MINIMIZE_DOWNTIME" ]; then
    step "Waiting for Sentry to start"
    dc config --services | grep -v -x -e nginx -e relay | xargs docker compose --ansi never --env-file "$ENV_FILE" up --wait --remove-orphans
    dc exec -T nginx nginx -s reload || true
    dc up --wait
  else
    echo "You're all done! Run the following command to get Sentry running:"
    if [ "$ENV_FILE" = .env ]; then
      echo "  docker compose up --wait"
    else
      echo "  docker compose --env-file .env --env-file $ENV_FILE up --wait"
    fi
  fi
}

# The shell's variables win over those of .env.custom, and these over those of .env.
for file in .env.custom .env; do
  if [ ! -f "$file" ]; then continue; fi
  kept=$(export -p)
  set -a
  source "./$file"
  set +a
  eval "$kept"
done

MINIMIZE_DOWNTIME=${MINIMIZE_DOWNTIME:-}
SKIP_USER_CREATION=${SKIP_USER_CREATION:-}
REPORT_SELF_HOSTED_ISSUES=${REPORT_SELF_HOSTED_ISSUES:-}
APPLY_AUTOMATIC_CONFIG_UPDATES=${APPLY_AUTOMATIC_CONFIG_UPDATES:-}

parse_options "$@"
ask_about_telemetry
check_requirements
trap stop_everything EXIT INT TERM
turn_things_off
create_volumes
ensure_files_from_examples
check_memcached_backend
generate_secret_key
build_images
migrate_database
wrap_up
