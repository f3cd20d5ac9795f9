#!/bin/sh
# provctl init: on a terminal, by lines on standard input, by options. Whatever it
# writes is accepted by provd -T; what it refuses changes nothing.
# shellcheck disable=SC2034,SC2154
PEERS="dnsmasq-base"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
dnsmasq=$(peer dnsmasq-base dnsmasq) || skip "no dnsmasq"
ns_setup
: "${PROVD:=$BUILD/provd}"
CTL=${PROVD%/*}/provctl
# A network where another server answers, beside one where none does.
ns_add other
ns_link other far oth
ip addr add 192.0.2.2/24 dev far
in_ns other ip addr add 192.0.2.1/24 dev oth
ip link add bare type veth peer name bare2
ip link set bare up
in_ns other "$dnsmasq" -k -C /dev/null -p 0 -i oth -z -u root --no-ping --dhcp-authoritative \
    --log-facility=- -x "$T/dnsmasq.pid" -l "$T/dnsmasq.leases" \
    --dhcp-range=192.0.2.200,192.0.2.220,1h >"$T/dnsmasq.log" 2>&1 &

# What `make install` puts there.
mount -t tmpfs tmpfs /usr/local/share
mkdir -p /usr/local/share/provd
cp -r "$TOP/profiles" /usr/local/share/provd/profiles
M=$T/media D=$T/linux
mkdir -p "$M" "$D/distributions" "$D/boot"
: >"$D/boot/vmlinuz"
: >"$D/boot/initrd.img"
for s in base kernel; do
	echo x >"$D/distributions/$s.txz"
	printf "$s.txz\t%064d\t1\t$s\t\"$s\"\ton\n" 0 >>"$D/distributions/MANIFEST"
done
# bsd NAME VERSION: as the disc of that release
bsd() {
	mkdir -p "$M/$1/usr/freebsd-dist" "$M/$1/bin" "$M/$1/boot/kernel"
	: >"$M/$1/boot/loader.efi"
	: >"$M/$1/boot/kernel/kernel"
	printf 'base.txz\t%064d\t1\tbase\t"Base"\ton\n' 0 >"$M/$1/usr/freebsd-dist/MANIFEST"
	echo x >"$M/$1/usr/freebsd-dist/base.txz"
	printf '#!/bin/sh\nUSERLAND_VERSION="%s"\n' "$2" >"$M/$1/bin/freebsd-version"
}
# In memory: each file is committed, which costs a disk more than all the rest.
mkdir "$T/etc"
mount -t tmpfs tmpfs "$T/etc"
C=$T/etc/provd.yaml
accepted() { "$PROVD" -T -f "$C" >"$T/effective" 2>"$T/err" || { cat "$T/err"; return 1; }; }
says() { grep -qE -- "$1" "$C"; }
effective() { grep -qE -- "$1" "$T/effective"; }
init() { "$CTL" -c "$C" --dir "$M" init "$@" >"$T/out" 2>&1; }

# By options -------------------------------------------------------------------
check "with no question asked it takes what it finds" init -y
check "which is accepted" accepted
check "the network where nobody answers yet" says '^interface: srv$'
check "hosts of the file alone" says 'mode: reservation'
check "no profile without a tree" test "$(grep -cE '^(trees|profiles|hosts)' "$C")" -eq 0
check "it says what to do next, in three lines" test "$(grep -c '^  ' "$T/out")" -eq 3
cp "$C" "$T/first"
refuse "a file that is there is not replaced" init -y --interface far
check "and not touched" cmp -s "$C" "$T/first"
check "--replace does it" init -y --interface far --replace
check "and keeps what was there" cmp -s "$C.old" "$T/first"
check "beside another server it proposes proxy" says 'mode: proxy'
printf '# Nothing is configured yet.\ninterface: lo\n' >"$C"
check "what a package has put there is replaced without a word" init -y
rm -f "$C"

bsd fbsd14 14.3-RELEASE
bsd fbsd12 12.4-RELEASE
n=0
# made MODE TREE PROFILE HOST: refused with nothing written, or accepted
made() {
	rm -f "$C"
	init -y --interface srv --mode "$1" --tree "$2" ${3:+--profile "$3"} ${4:+--host "$4"}
	case $? in
	0) accepted || fail "not accepted: $*" ;;
	2) [ ! -e "$C" ] || fail "refused, and written: $*" ;;
	*) fail "exit code: $*: $(cat "$T/out")" ;;
	esac
	[ ! -e "$C" ] || n=$((n + 1))
}
for tree in none fbsd14 fbsd12 "$D" "$TOP/tests/config/disc1.iso"; do
	for profile in '' none freebsd-zfs freebsd-ufs freebsd-jailhost freebsd-6-ufs debian; do
		made reservation "$tree" "$profile" ''
		made proxy "$tree" "$profile" 'web1=52:54:00:12:34:56,192.168.10.7'
	done
	for mode in authoritative observe off; do
		made "$mode" "$tree" '' 'web1 52:54:00:12:34:56'
	done
done
check "every combination that is written is accepted ($n)" test "$n" -eq 52
rm -f "$C"
check "a FreeBSD of today" init -y --interface srv --mode off --tree fbsd14 --host 'web1 52:54:00:12:34:56'
check "gets ZFS" says 'profile: freebsd-zfs'
check "from that tree" says 'tree: fbsd14'
check "which is the media directory's" test "$(grep -c '^trees' "$C")" -eq 0
rm -f "$C"
check "a Linux" init -y --interface srv --mode off --tree "$D" --host 'web1 52:54:00:12:34:56 192.168.10.7'
check "is known by the name that its profile gives it" says '^  debian:$'
check "and is accepted" accepted
check "with its host" effective 'address: 192.168.10.7'
# wrong WHAT OPTION...: refused with exactly that
wrong() {
	_what=$1
	shift
	rm -f "$C"
	init -y --mode reservation --interface srv "$@"
	check "refused: $_what" grep -qF -- "$_what" "$T/out"
	check "nothing is written" test ! -e "$C"
}
wrong "--interface: there is no interface eth9 that is up or has an address" --interface eth9
wrong "--interface: bare has no IPv4 address; give it one first" --interface bare
wrong "--mode: there is no mode dhcp: " --mode dhcp --interface srv
wrong "--tree: there is no tree fbsd9 in $M, and it is no absolute path" --tree fbsd9
wrong "--tree: $T/none: No such file or directory" --tree "$T/none"
wrong "--profile: profile debian installs Linux, and the tree is FreeBSD 14.3-RELEASE" --tree fbsd14 --profile debian
wrong "--profile: profile debian installs from a tree: say which" --tree none --profile debian
wrong "--profile: there is no profile x in /usr/local/share/provd/profiles" --profile x --tree fbsd14
wrong "--host: a host is NAME MAC or NAME MAC ADDRESS" --host web1
wrong "--host: web1 is no MAC" --host "web1 web1"
wrong "--host: the address is none of srv's network 192.168.10.0/24" --interface srv --host "a 52:54:00:12:34:56 10.0.0.1"

# Nothing is written that provd would not take.
mv "$M/fbsd12" "$M/tree: #x"
rm -f "$C"
check "a name that YAML would misread" init -y --interface srv --mode off --tree "$M/tree: #x"
check "is quoted" accepted
C=$T/no/such/dir/provd.yaml
refuse "a directory that is not there" init -y --interface srv
check "says so" grep -q 'No such file or directory; nothing was changed' "$T/out"
C=$T/etc/provd.yaml

# By lines on standard input -----------------------------------------------------
rm -f "$C"
printf 'srv\nauthoritative\nfbsd14\nfreebsd-ufs\nweb2 52:54:00:00:00:02\n' | init
check "five lines" accepted
check "are five answers" sh -c "grep -q 'mode: authoritative' '$C' && grep -q 'profile: freebsd-ufs' '$C' && grep -q '  web2:' '$C'"
rm -f "$C"
printf '\n\nfbsd14\n' | init
check "what is empty or missing is the default" sh -c "grep -q '^interface: srv' '$C' && grep -q freebsd-zfs '$C'"
rm -f "$C"
printf 'proxy\n' | init --interface srv
check "what an option has answered is not asked" says 'mode: proxy'
rm -f "$C"
refuse "a wrong line ends it" sh -c "echo eth9 | '$CTL' -c '$C' --dir '$M' init 2>/dev/null"
check "with nothing written" test ! -e "$C"

# On a terminal ------------------------------------------------------------------
term() {
	ANSWERS=$1 python3 "$TOP/tests/interop/provd_init.py" "$CTL" -c "$C" --dir "$M" init >"$T/out" 2>&1
}
check "on a terminal" term 'far|||debian|freebsd-zfs|w1 52:54:00:00:00:01|w1 52:54:00:00:00:01 192.0.2.9'
check "each question is numbered" grep -q '^5 of 5: First host' "$T/out"
check "the other server is shown" grep -q 'far .*another DHCP server answers: 192.0.2.1' "$T/out"
check "and that there is none" grep -q 'srv .*no DHCP server answers' "$T/out"
check "a tree says what it is" grep -q 'fbsd14 .*FreeBSD 14.3-RELEASE' "$T/out"
check "a wrong answer is asked for again" grep -q 'profile debian installs Linux' "$T/out"
check "what it made is accepted" accepted
check "all that was said" sh -c "grep -q '^interface: far' '$C' && grep -q 'mode: proxy' '$C' && grep -q '  w1:' '$C'"
cp "$C" "$T/first"
refuse "no means no" term 'n'
refuse "nor is it replaced when input ends" term 'y|srv|^D'
check "it is as it was" cmp -s "$C" "$T/first"
check "yes replaces it" term 'y|srv||none||'
check "with what was said" says '^interface: srv'
kill "$(cat "$T/dnsmasq.pid")"
umount "$T/etc"
