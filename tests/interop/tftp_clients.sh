#!/bin/sh
# tftp_clients.sh - files fetched by tftp-hpa, atftp, curl and busybox, compared byte for byte.
#
# RFC 1350, 2347, 2348, 2349.  Octet and netascii, sizes around a block's, a
# file whose block numbers roll over, names, links, and what must be refused.
PEERS="tftp-hpa atftp"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

S=192.168.10.1
HPA=$(peer tftp-hpa tftp) || skip "no tftp-hpa"
ATFTP=$(peer atftp atftp) || skip "no atftp"
CURL=$(command -v curl) || CURL=
BUSYBOX=$(command -v busybox) || BUSYBOX=
SIZES="0 1 511 512 513 1467 1468 1469 14680 65536"

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
mkdir -p "$T/tree/sub" "$T/tree/empty" "$T/programs" "$T/got" "$T/outside"
for n in $SIZES; do
	head -c "$n" /dev/urandom >"$T/tree/f$n"
done
head -c 41943040 /dev/urandom >"$T/tree/big"
head -c 3000 /dev/urandom >"$T/tree/name with spaces"
cp "$T/tree/f513" "$T/tree/sub/deep"
echo secret >"$T/outside/secret"
ln -s "$T/outside/secret" "$T/tree/absolute"
ln -s ../outside/secret "$T/tree/relative"
ln -s ../f513 "$T/tree/sub/inside"
ln -s circle "$T/tree/circle"
printf 'one\ntwo\r\n\r\rthree\n\n%s\n' "$(seq 1 3000)" >"$T/tree/text"
mkfifo "$T/tree/fifo"
: >"$T/tree/private" && chmod 600 "$T/tree/private"
echo program >"$T/programs/pxelinux.0"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
boot-programs: $T/programs
dhcp: { mode: off }
nfs: { enabled: no }
trees:
  t: { path: $T/tree, clients: any }
END
start_provd "$T/provd.yaml"

hpa() { in_client "$HPA" -m "$1" $S -c get "$2" "$T/got/$3"; }
atftp() { in_client "$ATFTP" --option "$1" -g -r "$2" -l "$T/got/$3" $S; }
atftp2() {
	in_client "$ATFTP" --option "$1" --option "$2" -g -r "$3" -l "$T/got/$4" $S
}
bb() { in_client "$BUSYBOX" tftp -g -b "$1" -r "$2" -l "$T/got/$3" $S; }
url() { in_client "$CURL" -sS "$@"; }
same() { cmp "$T/tree/$1" "$T/got/$2"; }
# fetch MSG FILE CMD...: the command must succeed and bring the file
fetch() {
	_what=$1 _file=$2
	shift 2
	rm -f "$T/got/x"
	if "$@" >"$T/out" 2>&1 && same "$_file" x; then
		pass "$_what"
	else
		fail "$_what: $(tail -n 1 "$T/out")"
	fi
}

# Every size, with each client's own way of asking ---------------------------
for n in $SIZES; do
	fetch "tftp-hpa, $n bytes" "f$n" hpa binary "f$n" x
	fetch "atftp, $n bytes, blksize 1468" "f$n" atftp "blksize 1468" "f$n" x
	if [ -n "$BUSYBOX" ]; then
		fetch "busybox, $n bytes, blksize 1024" "f$n" bb 1024 "f$n" x
	fi
	[ -n "$CURL" ] || continue
	# curl takes "tsize 0" in an OACK for an error, so it asks without.
	fetch "curl, $n bytes, without options" "f$n" url --tftp-no-options \
	    -o "$T/got/x" "tftp://$S/f$n"
	[ "$n" -gt 0 ] || continue
	fetch "curl, $n bytes, blksize 65464" "f$n" url --tftp-blksize 65464 \
	    -o "$T/got/x" "tftp://$S/f$n"
done
[ -n "$CURL" ] || echo "# no curl"
[ -n "$BUSYBOX" ] || echo "# no busybox"

# 40 MiB in blocks of 512 bytes: 81920 of them.
fetch "tftp-hpa, block numbers roll over" big hpa binary big x
fetch "atftp, block numbers roll over" big atftp "blksize 512" big x
if [ -n "$BUSYBOX" ]; then
	fetch "busybox, block numbers roll over" big bb 512 big x
fi
if [ -n "$CURL" ]; then
	fetch "curl, block numbers roll over" big url -o "$T/got/x" "tftp://$S/big"
fi

# RFC 7440: windows.
for w in 2 16 64; do
	for n in 0 513 14680 65536; do
		fetch "atftp, $n bytes, windows of $w" "f$n" \
		    atftp2 "windowsize $w" "blksize 1428" "f$n" x
	done
done
fetch "atftp, windows of 16, block numbers roll over" big \
    atftp2 "windowsize 16" "blksize 512" big x

# netascii: tftp-hpa makes lines of it again, the others keep it as it came.
fetch "tftp-hpa, netascii" text hpa ascii text x
python3 - "$T/tree/text" "$T/tree/text.wire" <<'END'
import sys
data = open(sys.argv[1], "rb").read()
wire = data.replace(b"\r", b"\r\0").replace(b"\n", b"\r\n")
open(sys.argv[2], "wb").write(wire)
END
if [ -n "$CURL" ]; then
	fetch "curl, netascii" text.wire url -o "$T/got/x" \
	    "tftp://$S/text;mode=netascii"
fi

# Names -----------------------------------------------------------------------
if [ -n "$CURL" ]; then
	fetch "a name with spaces" "name with spaces" url -o "$T/got/x" \
	    "tftp://$S/name%20with%20spaces"
	fetch "a name behind an export" sub/deep url -o "$T/got/x" \
	    "tftp://$S//t/sub/deep"
	fetch "DOS slashes" sub/deep url -o "$T/got/x" "tftp://$S/sub%5cdeep"
	fetch "0xff behind the name" f513 url -o "$T/got/x" "tftp://$S/f513%ff"
fi
fetch "a leading slash" sub/deep hpa binary /sub/deep x
fetch "a link inside the tree" f513 hpa binary sub/inside x
fetch ".. inside the tree" f513 hpa binary sub/../f513 x

# refused MSG NAME TEXT: the server says why
refused() {
	rm -f "$T/got/x"
	hpa binary "$2" x >"$T/out" 2>&1 || :
	if [ -s "$T/got/x" ]; then
		fail "$1: a file came"
	elif grep -q "$3" "$T/out"; then
		pass "$1"
	else
		fail "$1: $(cat "$T/out")"
	fi
}
refused "a missing file" missing "File not found"
refused "a directory" sub "directory"
refused "the tree itself" / "directory"
refused "a FIFO" fifo "Not a regular file"
refused "a file that only root may read" private "denied"
refused "an absolute link out of the tree" absolute "not found"
refused "a relative link out of the tree" relative "not found"
refused "a circle of links" circle "symbolic links"
refused ".. out of the tree" ../outside/secret "not found"
refused "a path through a file" f513/x "not found"
refused "a token that nobody has" .provd/00112233445566778899aabbccddeeff/x "not found"
in_client "$HPA" -m binary $S -c put "$T/tree/f1" up >"$T/out" 2>&1 || :
check "writing is refused" grep -q "read-only" "$T/out"
check "and nothing was written" [ ! -e "$T/tree/up" ]

# What provd makes itself, beside the boot programs ------------------------------
hpa binary .provd/local/pxelinux.0 x >/dev/null 2>&1
check "a boot program" cmp "$T/programs/pxelinux.0" "$T/got/x"
rm -f "$T/got/x"
hpa binary .provd/local/pxelinux.cfg/default x >"$T/out" 2>&1
check "the menu that goes to the disk" grep -qi localboot "$T/got/x"
refused "a boot program that is not there" .provd/local/none "not found"

# 200 at once ----------------------------------------------------------------------
if [ -n "$CURL" ]; then
	mkdir "$T/many"
	for i in $(seq 200); do
		printf 'url = "tftp://%s/f65536"\noutput = "%s"\n' "$S" "$T/many/$i"
	done >"$T/many.conf"
	in_client "$CURL" -sS -Z --parallel-max 200 -K "$T/many.conf" >"$T/out" 2>&1
	_good=0
	for i in $(seq 200); do
		! cmp -s "$T/tree/f65536" "$T/many/$i" || _good=$((_good + 1))
	done
	check "200 transfers at once ($_good whole)" [ "$_good" -eq 200 ]
fi

check "a line for each transfer" grep -q '^ev=tftp.done .*file=big ' "$T/provd.log"

# From one port alone: what a NAT or a container lets through ------------------------
stop_provd
cat >>"$T/provd.yaml" <<END
tftp: { single-port: yes }
END
start_provd "$T/provd.yaml"
for n in 0 512 65536; do
	fetch "single port: tftp-hpa, $n bytes" "f$n" hpa binary "f$n" x
	fetch "single port: atftp, $n bytes" "f$n" atftp "blksize 1468" "f$n" x
	fetch "single port: atftp, $n bytes, windows of 16" "f$n" \
	    atftp2 "windowsize 16" "blksize 1428" "f$n" x
	if [ -n "$BUSYBOX" ]; then
		fetch "single port: busybox, $n bytes" "f$n" bb 1024 "f$n" x
	fi
	[ -n "$CURL" ] || continue
	fetch "single port: curl, $n bytes" "f$n" url --tftp-no-options \
	    -o "$T/got/x" "tftp://$S/f$n"
done
fetch "single port: block numbers roll over" big hpa binary big x
refused "single port: a missing file" missing "File not found"
