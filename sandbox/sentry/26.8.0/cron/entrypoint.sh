#!/bin/bash
# Trust the CAs in certificates/, and wait for a midnight that never comes.
set -e

if [ -n "$(ls --almost-all /usr/local/share/ca-certificates/)" ]; then
  update-ca-certificates
fi
echo "$@"
exec tini -- sleep infinity
