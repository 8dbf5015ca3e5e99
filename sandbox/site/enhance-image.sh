#!/bin/bash
# What this site adds to its Sentry image.
set -euo pipefail

install -d /opt/site
echo 'Sentry of Example Inc. Questions: sentry@example.com' >/opt/site/motd
