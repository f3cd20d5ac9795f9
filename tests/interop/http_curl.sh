#!/bin/sh
# http_curl.sh - curl, and raw requests, against the HTTP server: exact
# lengths, one range, no redirects, connections used again, nothing but files.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
ns_setup
mkdir -p "$T/tree/EFI/BOOT" "$T/tree/closed"
head -c 3000001 /dev/urandom >"$T/tree/EFI/BOOT/BOOTX64.EFI"
: >"$T/tree/empty"
echo secret >"$T/tree/closed/file"
chmod 600 "$T/tree/closed/file"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
tftp: { enabled: no }
nfs: { enabled: no }
http: { enabled: yes, port: 8080 }
trees:
  t: { path: $T/tree, clients: any }
  own: { path: $T/tree, clients: known }
END
start_provd "$T/provd.yaml"
in_client ip addr add 192.168.10.2/24 dev cli
url=http://192.168.10.1:8080
file=$T/tree/EFI/BOOT/BOOTX64.EFI

get() { in_client curl -s -S -m 20 "$@"; }
same() { get -o "$T/got" "$url/t/EFI/BOOT/BOOTX64.EFI" && cmp -s "$T/got" "$file"; }
check "a file arrives as it is" same
status() { want=$1; shift; [ "$(get -o /dev/null -w '%{http_code}' "$@")" = "$want" ]; }
check "there is nothing that is not there" status 404 "$url/t/no/such/file"
check "a directory is not served" status 404 "$url/t/EFI"
check "a path is not left" status 404 --path-as-is "$url/t/../../../../etc/passwd"
check "a tree of known hosts is closed to others" status 403 "$url/own/empty"
check "a file that others may not read is closed" status 403 "$url/t/closed/file"
check "nothing is written" status 405 -X PUT -d x "$url/t/new"
length() { get -I "$url/t/EFI/BOOT/BOOTX64.EFI" | tr -d '\r' | grep -qx 'Content-Length: 3000001'; }
check "HEAD says the length" length
type_of() { get -o /dev/null -w '%{content_type}' "$1"; }
check "an EFI program has its type" test "$(type_of "$url/t/EFI/BOOT/BOOTX64.EFI")" = application/efi
check "an empty file" status 200 "$url/t/empty"

part() {	# part RANGE FROM COUNT
	get -r "$1" -o "$T/got" "$url/t/EFI/BOOT/BOOTX64.EFI" || return 1
	dd if="$file" of="$T/want" bs=1 skip="$2" count="$3" 2>/dev/null
	cmp -s "$T/got" "$T/want"
}
check "a range" part 1000-1999 1000 1000
check "a range to the end" part 3000000- 3000000 1
check "the last bytes" part -10 2999991 10
check "a range has status 206" status 206 -r 0-9 "$url/t/EFI/BOOT/BOOTX64.EFI"
check "a range past the end has status 416" status 416 -r 3000001- "$url/t/EFI/BOOT/BOOTX64.EFI"
check "several ranges are the whole file" status 200 -r 0-1,5-9 "$url/t/EFI/BOOT/BOOTX64.EFI"
twice() {
	get -w '%{num_connects}\n' -o "$T/a" "$url/t/empty" -o "$T/b" "$url/t/EFI/BOOT/BOOTX64.EFI" |
	    tail -n 1 | grep -qx 0 && cmp -s "$T/b" "$file"
}
check "a connection is used again" twice
raw() { printf '%b' "$1" | in_client timeout 5 python3 -c '
import socket, sys
s = socket.create_connection(("192.168.10.1", 8080))
s.sendall(sys.stdin.buffer.read())
s.settimeout(3)
out = b""
try:
    while True:
        d = s.recv(65536)
        if not d: break
        out += d
except OSError: pass
sys.stdout.buffer.write(out)'; }
says() { raw "$1" | head -n 1 | grep -q "$2"; }
check "no request" says 'hello\r\n\r\n' ' 400 '
check "a head without an end" says "GET /$(head -c 9000 /dev/zero | tr '\0' a)" ' 431 '
check "a NUL in a name" says 'GET /t/empty%00x HTTP/1.0\r\n\r\n' ' 400 '
check "three requests at once" test "$(raw 'GET /t/empty HTTP/1.1\r\n\r\nGET /t/no HTTP/1.1\r\n\r\nHEAD /t/empty HTTP/1.0\r\n\r\n' |
    grep -c '^HTTP/1.1 ')" = 3
# Many at once, some of which go away in between.
for i in 1 2 3 4 5 6 7 8; do
	get -o "$T/p$i" "$url/t/EFI/BOOT/BOOTX64.EFI" &
	get -m 0.02 -o /dev/null "$url/t/EFI/BOOT/BOOTX64.EFI" 2>/dev/null &
done
sleep 3
all() { for i in 1 2 3 4 5 6 7 8; do cmp -s "$T/p$i" "$file" || return 1; done; }
check "many at once" wait_for 15 all

# Requests without end, and nothing read: they wait in the client.
head -c 200000 /dev/zero >"$T/tree/piece"
# shellcheck disable=SC2154	# of lib.sh
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$_provd/status"; }
before=$(rss)
in_client timeout 8 python3 -c '
import socket, time
all = []
for i in range(4):
    s = socket.create_connection(("192.168.10.1", 8080))
    s.setblocking(False)
    all.append(s)
end = time.monotonic() + 5
while time.monotonic() < end:
    for s in all:
        try: s.send(b"GET /t/piece HTTP/1.1\r\n\r\n" * 100)
        except OSError: pass
    time.sleep(0.01)
' &
greedy=$!
sleep 5
grown=$((($(rss) - before) / 1024))
check "who asks and does not read costs little memory ($grown MiB)" test $grown -lt 40
wait "$greedy"
