#!/usr/bin/env bash
# step.sh TITLE COMMAND…: runs the command under a headline and says how long it took.
set -euo pipefail
title=$1
shift
start=$(date +%s.%N)
printf '\n\033[1m== %s\033[0m\n' "$title"
"$@"
printf '\033[2m== %s: %.1f s\033[0m\n' "$title" "$(echo "$(date +%s.%N) $start" | awk '{print $1 - $2}')"
