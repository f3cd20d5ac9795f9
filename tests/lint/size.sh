#!/bin/sh
# A file is read in one go: at most 600 lines of C, outside the tests.
cd "$(dirname "$0")/../.." || exit 1
wc -l ./*/*.[ch] | awk '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines"; bad = 1 }
    END { exit bad }'
