#!/bin/bash
# Trust the CAs in certificates/ before Sentry starts; the rest is the image's own entrypoint.
set -e

if [ -n "$(ls --almost-all /usr/local/share/ca-certificates/)" ]; then
  update-ca-certificates
fi

source /docker-entrypoint.sh
