#!/bin/sh
# peers.sh PKG... - unpack Debian packages to test against, without installing.
#
# Each PKG, and whatever it needs that this machine lacks, is downloaded and
# unpacked into build/peers/PKG; nothing is installed and no maintainer script
# runs, so no second server appears on the user's machine.  Prints the
# directory of each, one a line.  build/peers/PKG/wrap/NAME runs the program
# NAME of it with the libraries that were unpacked beside it.
#
# Needs the network once; exit code 77 when a package cannot be had.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
peers=${PROVD_BUILD:-$top/build}/peers

say() { echo "peers.sh: $*" >&2; }

# The package and all it needs that is not installed, one name a line.
closure() {
	echo "$1"
	apt-get -s --no-install-recommends install "$1" 2>/dev/null |
	    awk -v me="$1" '$1 == "Inst" && $2 != me { print $2 }'
}

# A wrapper for every program, so that a test need not know where it lies.
wrap() {
	dir=$1
	libs=$(find "$dir" -name '*.so*' \( -type f -o -type l \) -printf '%h\n' |
	    sort -u | paste -sd:)
	mkdir -p "$dir/wrap"
	for d in sbin bin usr/sbin usr/bin; do
		[ -d "$dir/$d" ] || continue
		for f in "$dir/$d"/*; do
			if [ -d "$f" ] || [ ! -x "$f" ]; then continue; fi
			cat >"$dir/wrap/${f##*/}" <<-END
			#!/bin/sh
			${libs:+export LD_LIBRARY_PATH="$libs"}
			exec "$f" "\$@"
			END
			chmod +x "$dir/wrap/${f##*/}"
		done
	done
}

# Root's downloads would run as _apt, who can't write here.
fetch() {
	(cd "$1" && closure "$2" |
	    xargs apt-get -qq -o APT::Sandbox::User=root download) >&2
}

unpack() {
	pkg=$1
	dir=$peers/$pkg
	[ ! -e "$dir/.done" ] || return 0
	tmp=$peers/.tmp.$pkg
	rm -rf "$tmp" "$dir"
	mkdir -p "$tmp/deb" "$tmp/root"
	if ! fetch "$tmp/deb" "$pkg"; then
		# Perhaps the lists are old, or were never fetched.
		if ! apt-get -qq update >&2 || ! fetch "$tmp/deb" "$pkg"; then
			say "$pkg: apt-get download failed; is there a network?"
			rm -rf "$tmp"
			return 77
		fi
	fi
	for deb in "$tmp/deb"/*.deb; do
		dpkg -x "$deb" "$tmp/root"
	done
	mv "$tmp/root" "$dir"
	# A link like udhcpc -> /bin/busybox means the one in here, if there is one.
	find "$dir" -type l -lname '/*' | while read -r f; do
		to=$(readlink "$f")
		[ ! -e "$dir$to" ] || ln -sf "$dir$to" "$f"
	done
	rm -rf "$tmp"
	wrap "$dir"
	: >"$dir/.done"
}

[ $# -gt 0 ] || { echo "usage: peers.sh package ..." >&2; exit 2; }
mkdir -p "$peers"
exec 9>"$peers/.lock"		# several tests may come at once
flock 9
for p; do
	unpack "$p" || exit $?
	echo "$peers/$p"
done
