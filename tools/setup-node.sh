#!/usr/bin/env bash
# The two npm packages that tests read: axe (accessibility rules) and the SARIF schema. Kept inside .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
target=.venv/node
packages="axe-core@4.14.1 @microsoft/jest-sarif@1.0.0-beta.0"
mark="$target/.$(printf '%s' "$packages" | sha256sum | cut -c1-16)"
[ -e "$mark" ] && exit 0
command -v npm >/dev/null
mkdir -p "$target"
# shellcheck disable=SC2086
npm install --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error $packages >&2
touch "$mark"
