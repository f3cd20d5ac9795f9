#!/bin/sh
# Programs and manual agree: every option and command that a program knows is
# in its page, and every option of the configuration in the example.
set -eu
cd "$(dirname "$0")/../.."
bad=0

say() {
	echo "$*"
	bad=1
}

for o in $(sed -n 's/.*getopt(argc, argv, "\([^"]*\)").*/\1/p' provd/main.c |
    tr -d ':h' | sed 's/./& /g'); do
	grep -q "^\.It Fl $o" man/provd.8 || say "man/provd.8: no option -$o"
done
for c in $(sed -n 's/^	{ "\([a-z]*\)", [0-9].*, ctl_.*/\1/p' provd/provctl.c | sort -u); do
	grep -q "^\.It Ic $c\$\|^\.It Ic $c " man/provctl.8 || say "man/provctl.8: no command $c"
done
for o in $(sed -n "s/^	{ \"\([a-z-]*\)\", \(0\|'.'\), .*opt\..*/\1/p" provd/provctl.c); do
	grep -q "Fl -$o" man/provctl.8 || say "man/provctl.8: no option --$o"
done
for k in $(sed -n '/^CFG_REST/d; s/^CFG_[A-Z]*([a-z]*, [a-z0-9_]*, "\([^"]*\)".*/\1/p' fleet/config.def); do
	grep -q "[ {,#]$k:\|^$k:" provd.example.yaml || say "provd.example.yaml: no $k"
done
for f in README.md HACKING.md; do
	for p in $(grep -oE '(tests|profiles|fleet|provd|dhcpd|tftpd|nfs|tree|lib|man|pxe-menus)/[a-z0-9_./-]*[a-z0-9]' "$f" | sort -u); do
		case $p in *NAME* | lib/os_ | provd/profiles/*) continue ;; esac
		[ -e "$p" ] || ls "$p"* >/dev/null 2>&1 || say "$f: there is no $p"
	done
done
exit $bad
