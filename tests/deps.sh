#!/bin/sh
# Install what is missing of the packages named: deps.sh PACKAGE...
# A fresh machine has no package lists, so they are fetched first.
set -eu
missing=
for p in "$@"; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q ' installed$' ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0
sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=$(command -v sudo) || {
		echo "these packages are missing and only root can install them:$missing" >&2
		exit 1
	}
fi
echo "installing:$missing"
log=build/log/deps.log
mkdir -p build/log
# shellcheck disable=SC2086	# a list of names
if ! $sudo apt-get update -qq >"$log" 2>&1 ||
    ! $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	--no-install-recommends $missing >>"$log" 2>&1; then
	tail -5 "$log" >&2
	echo "the packages could not be installed: check the network and" \
	    "/etc/apt/sources.list, then run it again (all of it: $log)" >&2
	exit 1
fi
