#!/bin/sh
# The Debian package: built from a clean copy, accepted by lintian, installed into a
# system of its own, tried there, and gone without a trace when it is purged.
set -eu
unset MAKEFLAGS MFLAGS MAKELEVEL	# those of `make check-all` are not the package's
TOP=$(cd "$(dirname "$0")/../.." && pwd)
cd "$TOP"
[ "$(id -u)" -eq 0 ] || { echo "ok - # SKIP only root can make a system"; exit 77; }
tests/deps.sh debhelper lintian devscripts mmdebstrap
T=$(mktemp -d "${TMPDIR:-/var/tmp}/provd-deb.XXXXXX")
n=0 bad=0
trap 'rm -rf --one-file-system "$T"; [ $bad -eq 0 ] || exit 1' EXIT
trap 'exit 1' HUP INT TERM
check() {
	n=$((n + 1))
	_what=$1
	shift
	if "$@"; then echo "ok $n - $_what"; else echo "not ok $n - $_what"; bad=1; fi
}
quietly() { "$@" >"$T/log" 2>&1 || { tail "$T/log"; return 1; }; }
refuse() { if "$@"; then return 1; fi; }

# Clean: what is under version control, or else everything that is not built.
mkdir "$T/provd"
if git rev-parse -q --verify HEAD >/dev/null 2>&1; then
	git ls-files -z -c -o --exclude-standard | tar --null -T - -cf - 2>/dev/null | tar -xf - -C "$T/provd"
else
	tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C "$T/provd"
fi
(cd "$T/provd" && DEB_BUILD_OPTIONS="nocheck parallel=2" dpkg-buildpackage -us -uc -b) \
    >"$T/log" 2>&1 || { tail -30 "$T/log"; echo "not ok - dpkg-buildpackage"; bad=1; exit 1; }
check "it is built" quietly ls "$T"/provd_*.deb
deb=$(ls "$T"/provd_*.deb)
lintian --allow-root --fail-on error,warning "$T"/provd_*.changes >"$T/lintian" 2>&1 && code=0 || code=$?
cat "$T/lintian"
check "lintian has nothing against it" test "$code" -eq 0
dpkg-deb -x "$deb" "$T/x"
dpkg-deb -e "$deb" "$T/control"
check "its configuration may be edited" grep -qx /etc/provd.yaml "$T/control/conffiles"
check "man pages" quietly ls "$T"/x/usr/share/man/man8/provd.8.gz "$T"/x/usr/share/man/man5/provd.yaml.5.gz
check "no path of where it was built" refuse grep -rqF "$T" "$T/x"
check "nothing of another prefix" refuse grep -rqE '@PREFIX@|/usr/local/sbin' "$T/x/lib" "$T/x/etc"
sed 's|^\(Exec[A-Za-z]*=\)/usr/sbin/[a-z]*|\1/bin/true|' "$T/x/lib/systemd/system/provd.service" >"$T/provd.service"
check "the unit is one" systemd-analyze verify --recursive-errors=no --man=no "$T/provd.service"
check "which leaves it little room" quietly systemd-analyze security --offline=true --threshold=28 \
    --no-pager "$T/provd.service"

# A system of its own, with the libraries that it needs.
depends=$(dpkg-deb -f "$deb" Depends | sed 's/:any//g; s/([^)]*)//g; s/|[^,]*//g; s/\bsystemd\b/systemd-standalone-sysusers/; s/ //g')
mmdebstrap --variant=apt --include="$depends,iproute2,util-linux,procps" \
    bookworm "$T/root" >"$T/log" 2>&1 || { tail -5 "$T/log"; echo "ok - # SKIP no system can be made"; exit 77; }
in_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive HOME=/root chroot "$T/root" "$@"; }
mkdir -p "$T/root/tmp"
cp "$deb" "$T/root/tmp/provd.deb"
cp debian/tests/smoke "$T/root/tmp/smoke"
files() { (cd "$T/root" && find . -path ./proc -prune -o -path ./sys -prune -o -path ./tmp -prune -o \
    -path ./var/lib/dpkg -prune -o -path ./var/lib/apt -prune -o -path ./var/log -prune -o -path ./var/cache -prune -o \
    -path ./etc/passwd\* -prune -o -path ./etc/group\* -prune -o -path ./etc/shadow\* -prune -o \
    -path ./etc/gshadow\* -prune -o -print) | sort; }
files >"$T/before"
check "it can be installed" quietly in_root apt-get install -y --no-install-recommends /tmp/provd.deb
smoke() { unshare -m -p -f --propagation private sh -c "mount -t proc proc '$T/root/proc' &&
    mount -t sysfs sysfs '$T/root/sys' 2>/dev/null; mount -t tmpfs tmpfs '$T/root/run' &&
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot '$T/root' /tmp/smoke"; }
if smoke >"$T/smoke" 2>&1; then r=0; else r=$?; cat "$T/smoke"; fi
check "and does what it should" test "$r" -eq 0
check "it is removed" quietly in_root apt-get purge -y provd
files >"$T/after"
check "and nothing of it stays" diff "$T/before" "$T/after"
echo "1..$n"
