#!/bin/sh
# http_curl.sh - curl, wget, Python and raw requests against the HTTP server: exact
# lengths, ranges, conditions, no redirects, connections used again, nothing but
# files; TLS, and a new certificate without a restart.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || skip "no curl"
command -v openssl >/dev/null || skip "no openssl"
ns_setup
mkdir -p "$T/tree/EFI/BOOT" "$T/tree/closed"
head -c 3000001 /dev/urandom >"$T/tree/EFI/BOOT/BOOTX64.EFI"
head -c 100000 /dev/urandom >"$T/tree/pack age"
: >"$T/tree/empty"
echo secret >"$T/tree/closed/file"
chmod 600 "$T/tree/closed/file"
certificate() {	# certificate NAME
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
	    -addext subjectAltName=IP:192.168.10.1 -keyout "$T/new.key" \
	    -out "$T/new.pem" 2>/dev/null && mv "$T/new.key" "$T/key" && mv "$T/new.pem" "$T/pem"
}
certificate first || die "openssl made no certificate"
cp "$T/pem" "$T/first.pem"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
tftp: { enabled: no }
nfs: { enabled: no }
http:
  enabled: yes
  port: 8080
  tls: { certificate: $T/pem, key: $T/key, port: 8443 }
trees:
  t: { path: $T/tree, clients: any }
  own: { path: $T/tree, clients: known }
END
start_provd "$T/provd.yaml"
in_client ip addr add 192.168.10.2/24 dev cli
url=http://192.168.10.1:8080
file=$T/tree/EFI/BOOT/BOOTX64.EFI
efi=$url/t/EFI/BOOT/BOOTX64.EFI

get() { in_client curl -s -S -m 20 "$@"; }
same() { get -o "$T/got" "$@" && cmp -s "$T/got" "$file"; }
check "a file arrives as it is" same "$efi"
check "and again, when it is known" same "$efi"
check "by HTTP/1.0" same -0 "$efi"
spaces() { get -o "$T/got" "$url/t/pack%20age" && cmp -s "$T/got" "$T/tree/pack age"; }
check "a name with a space" spaces
cp "$T/tree/pack age" "$T/tree/café"
accents() { get -o "$T/got" "$url/t/caf%C3%A9" && cmp -s "$T/got" "$T/tree/pack age"; }
check "a name that ends with an accent" accents
dots() { same --path-as-is "$url/nowhere/..%2Ft/./x/%2e%2e/EFI/BOOT/BOOTX64.EFI"; }
check "dots in a name are resolved" dots
# The server never says that a file is elsewhere, so wget must not be told to.
wget_same() { in_client wget -q --max-redirect=0 -T 20 -O "$T/got" "$efi" && cmp -s "$T/got" "$file"; }
wget_rest() {
	head -c 1000000 "$file" >"$T/got"
	in_client wget -q -c -T 20 -O "$T/got" "$efi" && cmp -s "$T/got" "$file"
}
if command -v wget >/dev/null; then
	check "wget" wget_same
	check "wget goes on where it stopped" wget_rest
fi

status() { want=$1; shift; [ "$(get -o /dev/null -w '%{http_code}' "$@")" = "$want" ]; }
check "there is nothing that is not there" status 404 "$url/t/no/such/file"
check "a directory is not served" status 404 "$url/t/EFI"
check "nor listed" status 404 "$url/t/EFI/"
check "a path is not left" status 404 --path-as-is "$url/t/../../../../etc/passwd"
check "a tree of known hosts is closed to others" status 403 "$url/own/empty"
check "a file that others may not read is closed" status 403 "$url/t/closed/file"
check "nothing is written" status 405 -X PUT -d x "$url/t/new"
check "what is to be written is not waited for" status 405 -T "$file" -H "Expect: 100-continue" "$url/t/new"
head -c 200000 /dev/zero >"$T/body"
check "a large body is answered too" status 405 --data-binary "@$T/body" -H "Expect:" "$url/t/new"
check "a method that nobody knows" status 501 -X BREW "$url/t/empty"
length() { get -I "$efi" | tr -d '\r' | grep -qx 'Content-Length: 3000001'; }
check "HEAD says the length" length
type_of() { get -o /dev/null -w '%{content_type}' "$1"; }
check "an EFI program has its type" test "$(type_of "$efi")" = application/efi
check "an empty file" status 200 "$url/t/empty"
field() { get -I "$efi" | tr -d '\r' | sed -n "s/^$1: //p"; }
tag=$(field ETag) then=$(field Last-Modified)
check "Last-Modified is the file's" test "$(date -d "$then" +%s)" = "$(stat -c %Y "$file")"

part() {	# part RANGE FROM COUNT
	get -r "$1" -o "$T/got" "$efi" || return 1
	tail -c +"$(($2 + 1))" "$file" | head -c "$3" | cmp -s "$T/got" -
}
check "a range" part 1000-1999 1000 1000
check "a range to the end" part 3000000- 3000000 1
check "a large range" part 100001-2900000 100001 2800000
check "the last bytes" part -10 2999991 10
check "a range has status 206" status 206 -r 0-9 "$efi"
check "a range past the end has status 416" status 416 -r 3000001- "$efi"
cat >"$T/parts.py" <<'END'
# Several ranges, as Python's parser of mail reads them.
import email, http.client, sys
data = open(sys.argv[1], "rb").read()
c = http.client.HTTPConnection("192.168.10.1", 8080, timeout=20)
want = [(0, 9), (70000, 200000), (1000, 1000), (2900000, 3000000)]
for again in range(2):
    c.request("GET", "/t/EFI/BOOT/BOOTX64.EFI", headers={
        "Range": "bytes=" + ",".join("%d-%d" % w for w in want)})
    r = c.getresponse()
    body = r.read()
    assert r.status == 206, r.status
    assert int(r.getheader("Content-Length")) == len(body)
    m = email.message_from_bytes(b"Content-Type: " + r.getheader("Content-Type").encode() +
        b"\r\n\r\n" + body)
    # bytes that are no text: cut by the boundary instead of decoding
    edge = b"--" + m.get_boundary().encode()
    parts = body.split(edge)
    assert parts[0] == b"" and parts[-1] == b"--\r\n", parts[-1]
    assert len(parts) == len(want) + 2
    for (a, b), p in zip(want, parts[1:-1]):
        head, content = p[2:-2].split(b"\r\n\r\n", 1)
        assert b"Content-Range: bytes %d-%d/%d" % (a, b, len(data)) in head, head
        assert content == data[a:b + 1], (a, b)
END
check "several ranges" in_client python3 "$T/parts.py" "$file"

check "what has not changed is not sent" status 304 -H "If-None-Match: $tag" "$efi"
check "what has not changed since is not sent" status 304 -z "$then" "$efi"
check "what is another is not sent" status 412 -H 'If-Match: "0000000000000000"' "$efi"
check "the rest of the same file" status 206 -r 5- -H "If-Range: $tag" "$efi"
check "all of a changed file" status 200 -r 5- -H 'If-Range: "0000000000000000"' "$efi"
cp "$file" "$T/old"
get -o /dev/null "$efi"
head -c 3000001 /dev/urandom >"$T/tree/new" && mv "$T/tree/new" "$file"
check "a file that was replaced is another at once" same "$efi"
check "and has another tag" status 200 -H "If-None-Match: $tag" "$efi"
get -o /dev/null "$url/t/empty"
echo more >>"$T/tree/empty"
grown() { [ "$(get "$url/t/empty")" = more ]; }
check "a file that grew is longer at once" grown
get -o /dev/null "$url/t/empty"
chmod 600 "$T/tree/empty"
check "a file that was closed is closed at once" status 403 "$url/t/empty"
chmod 644 "$T/tree/empty"
mv "$T/tree/pack age" "$T/tree/package"
check "a file that has another name is gone at once" status 404 "$url/t/pack%20age"

twice() {
	get -w '%{num_connects}\n' -o "$T/a" "$url/t/empty" -o "$T/b" "$efi" |
	    tail -n 1 | grep -qx 0 && cmp -s "$T/b" "$file"
}
check "a connection is used again" twice
# Many at once, some of which go away in between.
for i in 1 2 3 4 5 6 7 8; do
	get -o "$T/p$i" "$efi" &
	get -m 0.02 -o /dev/null "$efi" 2>/dev/null &
done
all() { for i in 1 2 3 4 5 6 7 8; do cmp -s "$T/p$i" "$file" || return 1; done; }
check "many at once" wait_for 20 all

# TLS
tls=https://192.168.10.1:8443/t/EFI/BOOT/BOOTX64.EFI
check "TLS: a file arrives as it is" same --cacert "$T/first.pem" "$tls"
check "TLS: a range" status 206 --cacert "$T/first.pem" -r 5-9 "$tls"
check "TLS: not to who does not trust it" status 000 "$tls" 2>/dev/null
check "TLS: 1.2" same --tls-max 1.2 --cacert "$T/first.pem" "$tls"
refuse "TLS: nothing older" same --tls-max 1.1 --ciphers 'DEFAULT@SECLEVEL=0' --cacert "$T/first.pem" "$tls" 2>/dev/null
check "TLS: not in the clear" status 000 "http://192.168.10.1:8443/t/empty" 2>/dev/null
tls_twice() {
	get --cacert "$T/first.pem" -w '%{num_connects}\n' -o "$T/a" "$tls" -o "$T/b" "$tls" |
	    tail -n 1 | grep -qx 0 && cmp -s "$T/b" "$file"
}
check "TLS: a connection is used again" tls_twice
many_tls() {
	rm -f "$T"/t?
	for i in 1 2 3 4 5 6; do get --cacert "$T/first.pem" -o "$T/t$i" "$tls" & done
	wait_for 20 all_tls
}
all_tls() { for i in 1 2 3 4 5 6; do cmp -s "$T/t$i" "$file" || return 1; done; }
check "TLS: many at once" many_tls
certificate second
# shellcheck disable=SC2154	# of lib.sh
kill -HUP "$_provd"
second() { same --cacert "$T/pem" "$tls" 2>/dev/null; }
check "TLS: a reload takes a new certificate" wait_for 10 second
refuse "TLS: and the old one is gone" same --cacert "$T/first.pem" "$tls" 2>/dev/null
echo rubbish >"$T/pem"
kill -HUP "$_provd"
complained() { grep -q "http.tls.certificate: $T/pem: holds no certificate in PEM" "$T/provd.log"; }
check "TLS: what is no certificate is said" wait_for 10 complained
check "TLS: and the last good one stays" status 200 -k "$tls"

# Bandwidth: 3 MB at 40 Mbit/s are 0.6 s.
certificate third
cp "$T/provd.yaml" "$T/old.yaml"
echo "bandwidth: { client: 40 }" >>"$T/provd.yaml"
paced() {	# paced URL...: it takes 0.5 to 2 s
	same -w '%{time_total}\n' "$@" >"$T/time" &&
	    awk '{ exit $1 < 0.5 || $1 > 2 }' "$T/time"
}
kill -HUP "$_provd"
check "no faster than is allowed" wait_for 10 paced "$efi"
check "TLS: no faster than is allowed" paced --cacert "$T/pem" "$tls"
small() {	# 60 times 100,000 bytes: 1.2 s
	_began=$(date +%s%N)
	get --parallel --parallel-max 20 -o /dev/null "$url/t/package?[1-60]" 2>/dev/null
	_took=$((($(date +%s%N) - _began) / 1000000))
	test $_took -gt 1000 -a $_took -lt 3000
}
check "nor by many at once" small
mv "$T/old.yaml" "$T/provd.yaml"

# What cannot be served is said at start.
echo rubbish >"$T/pem"
stop_provd
start_fails() {	# start_fails MESSAGE
	"$PROVD" -f "$T/provd.yaml" >"$T/out" 2>&1 && return 1
	grep -qxF "provd: $1" "$T/out" || { sed 's/^/# /' "$T/out"; return 1; }
}
: "${PROVD:=$BUILD/provd}"
check "no certificate" start_fails "http.tls.certificate: $T/pem: holds no certificate in PEM"
mv "$T/key" "$T/second.key"
cp "$T/first.pem" "$T/pem"
check "no key" start_fails "http.tls.key: $T/key: No such file or directory"
mv "$T/second.key" "$T/key"
check "another's key" start_fails "http.tls.key: $T/key: is not the key of the certificate"
openssl rsa -aes256 -passout pass:secret -in "$T/key" -out "$T/locked" 2>/dev/null && mv "$T/locked" "$T/key"
check "a locked key" start_fails "http.tls.key: $T/key: is encrypted; a key without a passphrase is needed"
