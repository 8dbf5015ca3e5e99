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
MIN_COMPOSE=2.0.1
source install/_lib.sh

show_help() {
  cat <<HELP
Usage: $0 [options]

 -h, --help                        Show this and exit.
 --minimize-downtime               Leave nginx running, and start Sentry at the end.
 --skip-commit-check               Do not ask whether the checkout is the latest commit.
 --skip-user-creation              Do not offer to create a user.
 --skip-sse42-requirements         Do not check the CPU for SSE 4.2.
 --report-self-hosted-issues       Send errors of this installation to upstream.
 --no-report-self-hosted-issues    Do not.
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
    dc config --services | grep -v -x nginx | xargs docker compose --ansi never --env-file "$ENV_FILE" rm -fsv
  else
    dc down -t "$STOP_TIMEOUT" --rmi local --remove-orphans
  fi
}

build_images() {
  step "Building and tagging Docker images"
  dc build --force-rm web
}

migrate_database() {
  step "Setting up / migrating database"
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
    dc up -d --wait --remove-orphans
    dc exec -T nginx nginx -s reload
  else
    echo "You're all done! Run the following command to get Sentry running:"
    echo "  docker compose --env-file $ENV_FILE up -d"
  fi
}

MINIMIZE_DOWNTIME=${MINIMIZE_DOWNTIME:-}
SKIP_USER_CREATION=${SKIP_USER_CREATION:-}
REPORT_SELF_HOSTED_ISSUES=${REPORT_SELF_HOSTED_ISSUES:-}

parse_options "$@"
ask_about_telemetry
check_requirements
trap stop_everything EXIT INT TERM
turn_things_off
ensure_files_from_examples
generate_secret_key
build_images
migrate_database
wrap_up
