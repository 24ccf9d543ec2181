#!/bin/sh
# The HTML report in a real Chromium:
#
#   run.sh BUILD [FILE.js ARGUMENT…]
#
# Without a file the tests, as `ctest -R test_browser` runs them; exit status 77 (skipped) where
# there is no browser or no node. The libraries go to the build folder, once for each
# package-lock.json, which has their exact versions and checksums.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
shift
for tool in node npm chromium; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "skipped: there is no $tool; \`make deps\` installs what is missing"
        exit 77
    fi
done

work=$build/tests/browser
modules=$work/node_modules
if ! cmp -s "$here/package-lock.json" "$modules/.lock-of-hazmat"; then
    mkdir -p "$work"
    cp "$here/package.json" "$here/package-lock.json" "$work"
    (cd "$work" && timeout 240 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || {
        echo "npm ci failed in $work: is the npm registry within reach?" >&2
        exit 1
    }
    cp "$here/package-lock.json" "$modules/.lock-of-hazmat"
fi

export HAZMAT_BUILD="$build" NODE_PATH="$modules"
HAZMAT_CHROMIUM=$(command -v chromium)
export HAZMAT_CHROMIUM
if [ $# -gt 0 ]; then
    exec node "$here/$@"
fi
rm -rf "$work/pages"
timeout 180 node "$here/make-pages.js"
exec timeout 400 node --test "$here"/*.test.js
