#!/bin/sh
# Every state of the rule under spin: no assertion fails, every end is good, and there is no cycle.
# check.sh [-DLINKS=3] [-DBREAKS=1] [-DRELAYS=1] [-DRETURN [-DLATE=1]] [-DDOUBT -DMINUTES=1]
# LEVEL=-O0 compiles in a sixth of the time: good where there are few states to walk.
set -e
level=${LEVEL:--O2}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/*.pml "$work"
cd "$work"
spin -a "$@" take.pml >/dev/null
cc -w $level -DSAFETY -DNOFAIR -DCOLLAPSE -o ends pan.c && ./ends -m500000 -w22 >ends.txt
cc -w $level -DNP -DNOFAIR -DCOLLAPSE -o cycles pan.c && ./cycles -l -m500000 -w22 >cycles.txt
grep -h -E 'errors:|states, stored' ends.txt cycles.txt
! grep -q -h -E 'errors: [1-9]|max search depth|not completed' ends.txt cycles.txt
