#!/bin/sh
# Every script is accepted by shellcheck, every manual page by mandoc.
set -eu
cd "$(dirname "$0")/../.."
find .ci tests profiles web -name '*.sh' -print0 -o -path .ci/run -print0 \
    -o -name mktree -print0 -o -name mkboot -print0 -o -name embed -print0 |
    xargs -0 shellcheck -x -P SCRIPTDIR -S warning
for page in man/*.[1-9] "${B:-build}"/man/*.[1-9]; do
	[ -e "$page" ] || continue
	mandoc -Tlint -W warning "$page"
done
