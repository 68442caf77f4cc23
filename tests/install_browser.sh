#!/bin/sh
# Make sure that the browser tests have a Chromium: the system's, Debian's package, or Playwright's own.
# Usage: sh tests/install_browser.sh PYTHON
set -u
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Debian's chromium for the browser tests ..."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "Downloading Playwright's chromium for the browser tests ..."
"$1" -m playwright install chromium >/dev/null 2>&1 && exit 0
echo "The browser tests need Chromium: install it with 'sudo apt-get install chromium', then run 'make test' again." >&2
exit 1
