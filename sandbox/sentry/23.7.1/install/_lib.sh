# What the steps of install.sh share. To be sourced.

step() {
  echo "▶ $* ..."
}

fail() {
  echo "FAIL: $*"
  exit 1
}

dc() {
  docker compose --ansi never --env-file "$ENV_FILE" "$@"
}

# Whatever ended the installation, by success or failure, nothing is left running.
stop_everything() {
  local status=$?
  trap - EXIT ERR INT TERM
  if [ "$status" != 0 ]; then echo "The installation failed with status $status. Cleaning up..."; fi
  if [ -z "$MINIMIZE_DOWNTIME" ]; then dc stop -t "$STOP_TIMEOUT" &>/dev/null || true; fi
  exit "$status"
}

# yes_or_no QUESTION: sets ANSWER to 1 or 0. Whoever runs this without a terminal waits, or ends where stdin does.
yes_or_no() {
  echo "$1"
  ANSWER=
  while [ -z "$ANSWER" ]; do
    read -r -p "y or n? " ANSWER
    case "$ANSWER" in
      y | yes | 1) ANSWER=1 ;;
      n | no | 0) ANSWER=0 ;;
      *) ANSWER= ;;
    esac
  done
}

ask_about_telemetry() {
  if [ -n "$REPORT_SELF_HOSTED_ISSUES" ]; then return; fi
  yes_or_no "May errors of this installation be sent to the makers of Sentry?
(--report-self-hosted-issues or --no-report-self-hosted-issues answers beforehand.)"
  REPORT_SELF_HOSTED_ISSUES=$ANSWER
}

check_requirements() {
  step "Checking minimum requirements"
  local cpus memory compose
  read -r cpus memory < <(docker info --format '{{.NCPU}} {{.MemTotal}}') || fail "the Docker daemon does not answer"
  compose=$(docker compose version --short) || fail "Docker Compose is missing"
  printf '%s\n' "$MIN_COMPOSE" "${compose#v}" | sort --version-sort --check=quiet ||
    fail "Docker Compose $MIN_COMPOSE or newer is needed, found $compose"
  ((cpus >= MIN_CPUS)) || fail "$MIN_CPUS CPUs are needed, Docker has $cpus"
  ((memory / 1024 / 1024 >= MIN_MEMORY_MB)) || fail "$MIN_MEMORY_MB MB of memory are needed, Docker has $((memory / 1024 / 1024))"
}

ensure_files_from_examples() {
  step "Ensuring files from examples"
  local file example
  for file in sentry/sentry.conf.py sentry/config.yml; do
    example="${file%.*}.example.${file##*.}"
    if [ -f "$file" ]; then
      echo "$file already exists, skipped creation."
    else
      echo "Creating $file ..."
      cp "$example" "$file"
    fi
  done
}

generate_secret_key() {
  step "Generating secret key"
  local key
  if grep -q "^system.secret-key: '!!changeme!!'$" sentry/config.yml; then
    key=$(head -c 4096 /dev/urandom | LC_ALL=C tr -dc 'a-z0-9@#%^*(_=+)-')
    sed -i "s/^system.secret-key:.*/system.secret-key: '${key:0:50}'/" sentry/config.yml
    echo "Secret key written to sentry/config.yml"
  fi
}
