# pkgbase-freebsd.sh - the base system from packages (FreeBSD 15 and later).
#
# Such a disc has a repository of pkg(8).  Of packages that lie in one, pkg
# believes whatever they hold; it compares their sums with the catalogue when it
# copies them.  So they are copied to the new disk, and installed from there.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# pkgbase_program DIRECTORY: b_pkg is the one of the disc, or in a package there.
pkgbase_program() {
	b_pkg=/usr/local/sbin/pkg-static
	[ ! -x "$b_pkg" ] || return 0
	for b_file in "$1"/pkg-[0-9]*.pkg "$1"/All/pkg-[0-9]*.pkg; do
		[ ! -f "$b_file" ] || break
	done
	[ -f "$b_file" ] || fail "neither $b_pkg nor a package of pkg itself in $1"
	b_pkg=$work/pkg/pkg-static
	say "+ tar -xOf $b_file pkg-static"
	{ tar -xOf "$b_file" '*/sbin/pkg-static' > "$b_pkg" && chmod 755 "$b_pkg"; } \
	    2> "$work/out" || { run_status=1; fail_command "tar -xOf $b_file pkg-static"; }
}

# pkgbase_at DIRECTORY: the repository that pkg knows from now on, and no other.
# The name is the vendor's: what is installed remembers it.
pkgbase_at() {
	put "$work/pkg/repos/base.conf" 644 "FreeBSD-base: {
	url: \"file://$1\",
	mirror_type: \"none\",
	signature_type: \"none\",
	enabled: yes
}
"
}

# pkgbase ROOT ARGUMENT...: pkg for the system below ROOT, without any question.
# A line for each package as it comes; the list of them is left out.  Names of
# files may have letters that the locale C does not have.
pkgbase() {
	b_root=$1
	shift
	say "+ pkg --rootdir $b_root $*"
	{
		b_status=0
		env LC_ALL=C.UTF-8 ASSUME_ALWAYS_YES=yes IGNORE_OSVERSION=yes "$b_pkg" \
		    --rootdir "$b_root" --repo-conf-dir "$work/pkg/repos" "$@" \
		    < /dev/null 2>&1 || b_status=$?
		echo "$b_status" > "$work/pkg/status"
	} | tee "$work/out" | while IFS= read -r b_line; do
		case $b_line in
		'' | *'] Extracting '* | '	'*) ;;
		*) say "$b_line" ;;
		esac
	done
	run_status=$(cat "$work/pkg/status")
	[ "$run_status" = 0 ] || fail_command "pkg $*"
}

# pkgbase_look DIRECTORY NAME...: before anything is written: does the catalogue
# have all of them and what they need, and are the files there?  With an empty
# system in memory; pkg makes its database only when it fetches something, and
# this one is small.
pkgbase_look() {
	b_dir=$1
	shift
	run mkdir -p "$work/pkg/root" "$work/pkg/look"
	pkgbase_program "$b_dir"
	pkgbase_at "$b_dir"
	pkgbase "$work/pkg/root" update -f
	pkgbase "$work/pkg/root" fetch -U -r FreeBSD-base -o "$work/pkg/look" FreeBSD-set-minimal
	pkgbase "$work/pkg/root" install -n -U -r FreeBSD-base "$@"
	! grep -q ' to be downloaded' "$work/out" ||
	    fail "$b_dir: a package is missing, or shorter than the catalogue says"
	run rm -rf "$work/pkg/root" "$work/pkg/look"
}

# pkgbase_fetch NAME...: they and what they need go where there is most room, and
# pkg compares each with its sum.
pkgbase_fetch() {
	b_copy=/mnt
	b_most=0
	for b_try in /mnt /mnt/usr /mnt/var; do
		b_free=$(df -k "$b_try" 2> /dev/null | awk 'NR == 2 { printf "%.0f", $4 }')
		[ "${b_free:-0}" -gt "$b_most" ] || continue
		b_most=$b_free
		b_copy=$b_try
	done
	b_copy=$b_copy/provd-packages
	run mkdir -p "$b_copy"
	pkgbase_at "$b_dir"
	pkgbase /mnt update -f
	pkgbase /mnt fetch -d -U -r FreeBSD-base -o "$b_copy" "$@"
	for b_file in "$b_dir"/meta "$b_dir"/meta.conf "$b_dir"/data.* "$b_dir"/packagesite.*; do
		[ ! -f "$b_file" ] || run cp "$b_file" "$b_copy/"
	done
}

# pkgbase_install ROOT NAME...: what goes wrong in a package's own script is no
# error to pkg.
pkgbase_install() {
	b_root=$1
	shift
	pkgbase_at "$b_copy"
	pkgbase "$b_root" update -f
	pkgbase "$b_root" install -U -r FreeBSD-base "$@"
	! grep -q ' script failed' "$work/out" ||
	    say "provd: a script of a package failed, see above"
	for b_file in /etc/rc /etc/pwd.db /sbin/init /bin/sh /lib/libc.so.7; do
		[ -f "$b_root$b_file" ] || fail "the packages brought no $b_file"
	done
	run rm -rf "$b_root/var/db/pkg/repos/FreeBSD-base"
}

pkgbase_done() {
	run rm -rf "$b_copy"
}
