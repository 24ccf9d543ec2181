#!/bin/sh
# Installs the Debian packages that Hazmat needs and that are missing; does nothing where
# all are there. Uses sudo only where it is not run by root.
set -eu

# package, and what it is for; package/command: it need not be the package if the command is there
needed='
gcc                   builds Hazmat
libc6-dev             the C library to build against
make                  runs the build
cmake                 configures the build
pkg-config            finds the libraries
clang                 builds the scenarios
libclang-rt-14-dev    the ThreadSanitizer detector
llvm                  names source lines in its reports
valgrind              the Helgrind and DRD detectors
libc6-dbg             lets Valgrind and the watchdog read the C library
libjansson-dev        JSON: the event stream
libxml2-dev           XML: reads Valgrind, writes JUnit
libdw-dev             stacks and source lines of live processes
check                 the tests
g++                   C++ programs that the tests watch
node-highlight.js      colours C in the HTML report
graphviz              draws the wait-for graphs of reports
man-db                the man page
chromium/chromium     shows the HTML report to the tests
nodejs/node           drives it
npm/npm               brings the libraries for that
python3-jsonschema    holds SARIF against its schema, in the tests
'

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "make deps installs Debian packages, and there is no dpkg here. Install by hand:" >&2
    echo "$needed" >&2
    exit 1
fi

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Debian releases after 12 have a newer clang by default, and its runtime with it.
runtime() {
    version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\).*/\1/p')
    echo "libclang-rt-${version:-14}-dev"
}


list=$(echo "$needed" | while read -r package reason; do
    [ -n "$package" ] || continue
    case $package in
    */*) ! command -v "${package#*/}" >/dev/null 2>&1 || continue ;;
    esac
    package=${package%/*}
    [ "$package" != libclang-rt-14-dev ] || package=$(runtime)
    installed "$package" || echo "$package|$reason"
done)
if [ -z "$list" ]; then
    echo "All Debian packages that Hazmat needs are installed."
    exit 0
fi

echo "Hazmat needs these Debian packages, which are not installed:"
echo "$list" | while IFS='|' read -r package reason; do
    printf '  %-20s %s\n' "$package" "$reason"
done
missing=$(echo "$list" | cut -d'|' -f1 | tr '\n' ' ')

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Run as root: apt-get install $missing" >&2
        exit 1
    fi
    as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086  # a list of words
$as_root apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends $missing
