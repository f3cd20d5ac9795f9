#!/bin/sh
# Webhooks: signed, tried again, redirects not followed, and a receiver that says
# nothing holds up nobody.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
command -v curl >/dev/null || skip "no curl"
ns_setup
debian_tree 70000 300003
echo geheim >"$T/secret"
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
nfs: { enabled: no }
tftp: { enabled: no }
profiles: [ $TOP/profiles/debian.yaml ]
trees:
  debian: { path: $T/debian }
hosts:
  h1: { mac: 52:54:00:12:34:56, profile: debian }
webhooks:
  - { url: "http://127.0.0.1:9001/good", secret: secret }
  - { url: "http://127.0.0.1:9002/armed?x=1", events: [armed] }
  - { url: "http://127.0.0.1:9003/silent" }
  - { url: "https://127.0.0.1:9004/ours", ca: pem }
  - { url: "https://127.0.0.1:9004/stranger" }
  - { url: "https://localhost:9004/name", ca: pem }
END
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$T/key" -out "$T/cert" 2>/dev/null ||
    skip "no openssl"
cat "$T/cert" "$T/key" >"$T/pem"
receiver() {
	# shellcheck disable=SC2086
	python3 "$TOP/tests/interop/api_webhook.py" 127.0.0.1 "$1" "$2" "$T/log.$1" geheim ${3:-} 2>/dev/null &
}
receiver 9001 302,500
receiver 9002 200
receiver 9003 silent
receiver 9004 200 "$T/pem"
listens() { ss -ltn | grep -c '127.0.0.1:900[1234] ' | grep -qx 4; }
wait_for 10 listens
start_provd "$T/provd.yaml"
steer() { curl -s -m 5 -o "$T/body" -w '%{http_code}' --unix-socket "$T/provd.sock" -X POST "http://provd/v1/hosts/h1/$1" | grep -qx 200; }
check "it is armed" steer arm
check "a hook is told" wait_for 5 grep -q '^/armed?x=1 armed .* h1 unsigned 200' "$T/log.9002"
said() { [ "$(grep -c "$2" "$T/log.$1")" = "$3" ]; }
check "what failed is tried again, signed" wait_for 10 said 9001 '^/good ready new h1 signed' 3
refuse "redirects are not followed" grep -q elsewhere "$T/log.9001"
check "which is logged once" sh -c "[ \$(grep -c 'ev=webhook url=http://127.0.0.1:9001/good' '$T/provd.log') = 1 ]"
check "disarmed while one says nothing" steer disarm
check "others are told" wait_for 5 grep -q '^/good .* armed h1 signed 200' "$T/log.9001"
refuse "who wants other states only is not" grep -q ' armed h1' "$T/log.9002"
check "by TLS" grep -q '^/ours armed' "$T/log.9004"
refuse "not to a certificate that nobody signed" grep -q '^/stranger' "$T/log.9004"
check "with that reason" grep -q 'url=https://127.0.0.1:9004/stranger err="self.signed certificate"' "$T/provd.log"
refuse "nor to one of another name" grep -q '^/name' "$T/log.9004"
check "with its reason too" grep -q 'url=https://localhost:9004/name err="hostname mismatch"' "$T/provd.log"
begin=$(date +%s)
stop_provd
check "nobody who says nothing holds up the end" test $(($(date +%s) - begin)) -lt 8
