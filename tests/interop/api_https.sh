#!/bin/sh
# The API over HTTPS: tokens and their rights, sessions, other origins, other
# names, machines that are being installed; and those who only want to disturb.
# shellcheck source-path=SCRIPTDIR
command -v openssl >/dev/null || { echo "ok - # SKIP no openssl"; exit 77; }
command -v curl >/dev/null || { echo "ok - # SKIP no curl"; exit 77; }
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
. "$(dirname "$0")/api_lib.sh"
ns_setup
in_client ip addr add 192.168.10.77/24 dev cli
in_client ip addr add 192.168.10.31/24 dev cli
in_client ip addr add 192.168.10.78/24 dev cli
certificate provd.test || die "openssl made no certificate"
{ api_conf; echo "hosts: { web1: { mac: '02:00:00:00:00:31', address: 192.168.10.31 } }"; } >"$T/provd.yaml"
start_provd "$T/provd.yaml"

# Tokens ---------------------------------------------------------------------
check "without tokens nobody is let in" is 401 client "$U/v1/hosts"
LOOK=$(token add eve) || die "no token"
STEER=$(token add ops --right steer) || die "no token"
refuse "a name that is taken" token add ops
refuse "a name with a blank" token add "a b"
refuse "a right that there is not" token add more --right all
check "the list has names and rights" sh -c "'$CTL' -c '$T/provd.yaml' token list | tr -s ' ' |
    tr '\n' ,  | grep -qx 'eve look,ops steer,'"
refuse "the file does not hold the token" grep -q "$LOOK" "$T/tokens"
check "nobody else reads the file" sh -c "[ \$(stat -c %a '$T/tokens') = 600 ]"
B() { echo "Authorization: Bearer $1"; }
check "a token to look" is 200 client -H "$(B "$LOOK")" "$U/v1/hosts"
check "by the certificate's name" is 200 client -H "$(B "$LOOK")" https://provd.test:8443/v1/hosts
check "asks for one, if there is none" is 401 client "$U/v1/hosts"
check "and says how" grep -qi '^WWW-Authenticate: Bearer' "$T/head"
check "a wrong one" is 401 client -H "$(B "${LOOK%?}x")" "$U/v1/hosts"
check "its hash is none" is 401 client -H "$(B "$(awk '$1=="ops"{print $3}' "$T/tokens")")" "$U/v1/hosts"
check "another scheme" is 401 client -u "ops:$STEER" "$U/v1/hosts"
check "a token to look does not steer" is 403 client -H "$(B "$LOOK")" -H "X-Provd: 1" -X POST "$U/v1/reload"
check "one to steer does" is 200 client -H "$(B "$STEER")" -H "X-Provd: 1" -X POST "$U/v1/reload"
check "which is logged" grep -q 'ev=api ip=192.168.10.77 token=ops call=/v1/reload' "$T/provd.log"

# Origins --------------------------------------------------------------------
steer() { _code=$1; shift; is "$_code" client -H "$(B "$STEER")" -X POST "$@" "$U/v1/reload"; }
check "not without X-Provd" steer 403
check "from our own page" steer 200 -H "X-Provd: 1" -H "Origin: $U" -H "Sec-Fetch-Site: same-origin"
check "not from another page" steer 403 -H "X-Provd: 1" -H "Origin: https://evil.test:8443"
check "nor from the same name without TLS" steer 403 -H "X-Provd: 1" -H "Origin: http://192.168.10.1:8443"
check "nor from nowhere" steer 403 -H "X-Provd: 1" -H "Origin: null"
check "nor from a neighbour" steer 403 -H "X-Provd: 1" -H "Sec-Fetch-Site: same-site"
check "another page does not even look" is 403 client -H "$(B "$LOOK")" -H "Sec-Fetch-Site: cross-site" "$U/v1/hosts"
check "no other page is allowed to read" sh -c "! grep -qi '^access-control' '$T/head'"
check "what a browser asks before is no call" is 501 client -X OPTIONS -H "Origin: https://evil.test" \
    -H "Access-Control-Request-Method: POST" "$U/v1/reload"
check "a name that somebody let point here" is 421 client -k -H "$(B "$STEER")" https://evil.test:8443/v1/hosts
check "no name at all" is 421 client -H "Host;" -H "$(B "$STEER")" "$U/v1/hosts"
check "another address" is 421 client -H "Host: 192.168.10.2:8443" -H "$(B "$STEER")" "$U/v1/hosts"
check "a name of the configuration" is 200 client -k -H "$(B "$LOOK")" https://alias.test:8443/v1/hosts

# Sessions --------------------------------------------------------------------
J="$T/jar"
check "no session without a token" is 401 client -H "X-Provd: 1" -X POST "$U/v1/login"
check "nor from another page" is 403 client -H "$(B "$STEER")" -H "Origin: https://evil.test" -H "X-Provd: 1" -X POST "$U/v1/login"
check "a session" is 200 client -c "$J" -H "$(B "$STEER")" -H "X-Provd: 1" -X POST "$U/v1/login"
for _a in Secure HttpOnly SameSite=Strict Path=/; do
	check "its cookie is $_a" grep -qi "^set-cookie: __Host-provd=[0-9a-f]*;.* $_a" "$T/head"
done
check "looks" is 200 client -b "$J" "$U/v1/session"
check "and knows whose it is" grep -q '{"name":"ops","right":"steer"}' "$T/body"
check "steers" is 200 client -b "$J" -H "X-Provd: 1" -X POST "$U/v1/reload"
check "but not without X-Provd: a form of another page cannot send it" is 403 client -b "$J" -X POST "$U/v1/reload"
check "is over at last" is 200 client -b "$J" -H "X-Provd: 1" -X POST "$U/v1/logout"
check "and was" is 401 client -b "$J" "$U/v1/session"
check "an invented one" is 401 client -b "__Host-provd=00" "$U/v1/session"
events() { in_client curl -sN --max-time 2 --cacert "$T/cert" -H "$(B "$LOOK")" "$U/v1/events" | grep -q '^retry'; }
check "events over HTTPS" events

# Machines that are being installed ---------------------------------------------
check "a machine that is not being installed steers" is 200 client --interface 192.168.10.31 -H "$(B "$STEER")" -H "X-Provd: 1" -X POST "$U/v1/reload"
stop_provd
python3 - "$T/state" <<'PY' || die "no state to change"
import glob, os, sqlite3, sys
[file] = [f for f in glob.glob(sys.argv[1] + "/*") if os.path.isfile(f) and
          open(f, "rb").read(15) == b"SQLite format 3"]
db = sqlite3.connect(file)
db.execute("insert or replace into host (name, state, inst, inspect, attempts, "
           "retry, since, reason, step, step_no, steps, last_boot, boot_xid) values ('web1', 'installing', 0, 0, 1, 0, 1, '', '', 1, 5, 0, 0)")
db.commit()
PY
start_provd "$T/provd.yaml"
W="--interface 192.168.10.31"
# shellcheck disable=SC2086
{
check "one that is does not" is 403 client $W -H "$(B "$STEER")" -H "X-Provd: 1" -X POST "$U/v1/reload"
check "with that reason" grep -q "being installed" "$T/body"
check "nor does it get a session" is 403 client $W -H "$(B "$STEER")" -H "X-Provd: 1" -X POST "$U/v1/login"
}
check "others still do" is 200 client -H "$(B "$STEER")" -H "X-Provd: 1" -X POST "$U/v1/reload"

# Changes -----------------------------------------------------------------------
check "a session again" is 200 client -c "$J" -H "$(B "$LOOK")" -H "X-Provd: 1" -X POST "$U/v1/login"
check "it looks" is 200 client -b "$J" "$U/v1/hosts"
check "it does not steer" is 403 client -b "$J" -H "X-Provd: 1" -X POST "$U/v1/reload"
check "a token is removed" token remove eve
check "and lets nobody in any more" is 401 client -H "$(B "$LOOK")" "$U/v1/hosts"
check "nor does the session that it began" is 401 client -b "$J" "$U/v1/hosts"
refuse "it is gone" token remove eve
cp "$T/cert" "$T/cert.1"
certificate provd.test
check "a new certificate by a reload" is 200 client --cacert "$T/cert.1" -H "$(B "$STEER")" -H "X-Provd: 1" -X POST "$U/v1/reload"
check "is used" is 200 client -H "$(B "$STEER")" "$U/v1/hosts"
check "the old one is not" is 000 client --cacert "$T/cert.1" -H "$(B "$STEER")" "$U/v1/hosts"
echo "ops steer nonsense" >>"$T/tokens"
check "a file of tokens that is wrong is refused" is 409 client -H "$(B "$STEER")" -H "X-Provd: 1" -X POST "$U/v1/reload"
check "with its line" grep -q 'line 2: the hash is not 64 hex digits' "$T/body"
check "and the old ones stay" is 200 client -H "$(B "$STEER")" "$U/v1/hosts"

# Disturbance -------------------------------------------------------------------
check "who says nothing, or little, makes room" in_client python3 "$TOP/tests/interop/api_https.py" "$T/cert" "$STEER" "$_provd"
_i=0
while [ $_i -lt 10 ]; do
	from client --interface 192.168.10.78 -H "$(B "0$_i")" "$U/v1/hosts" >"$T/code"
	_i=$((_i + 1))
done
check "ten wrong tokens are wrong" grep -q 401 "$T/code"
check "then there is a minute of rest for that address" is 429 client --interface 192.168.10.78 -H "$(B "$STEER")" "$U/v1/hosts"
check "not for others" is 200 client -H "$(B "$STEER")" "$U/v1/hosts"
head -c 70000 /dev/zero >"$T/big"
check "a body that is too large" is 413 client -H "$(B "$STEER")" -H "X-Provd: 1" --data-binary "@$T/big" "$U/v1/explain"
check "headers that are too large" is 400 client -H "$(B "$STEER")" -H "X-More: $(head -c 20000 /dev/zero | tr '\0' x)" "$U/v1/hosts"
