#!/bin/sh
# Install Chromium for the browser tests where that can be done without asking (root on Debian or Ubuntu).
# Without it `make test` still runs; the browser tests then say that they did not.
set -u
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 && exit 0
fi
echo "Chromium is niet gevonden: de tests in de browser worden overgeslagen. Op Debian: apt install chromium" >&2
exit 0
