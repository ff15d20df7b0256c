#!/bin/sh
# All tests: those of the page beside the others, as they wait for a browser most of their time. What they print comes
# when the others are done.
#
#     sh tools/run_tests.sh PYTHON [ARGUMENTS OF PYTEST]
set -u
python=$1
shift
log=$(mktemp)
"$python" -m pytest "$@" tests/browser >"$log" 2>&1 &
page=$!
trap 'kill $page 2>/dev/null; rm -f "$log"' EXIT
trap 'exit 130' INT TERM
"$python" -m pytest "$@" --ignore=tests/browser
others=$?
wait $page
pages=$?
cat "$log"
nothing=5 # what pytest says where no test was chosen
[ $others -eq $nothing ] && exit $pages
[ $pages -eq $nothing ] || [ $pages -eq 0 ] || exit $pages
exit $others
