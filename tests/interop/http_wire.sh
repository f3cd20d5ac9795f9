#!/bin/sh
# http_wire.sh - broken and hostile requests, and clients that are slow, greedy or
# gone: memory and descriptors afterwards are what they were.  (http_wire.py)
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
: "${CONNECTIONS:=20000}"
ns_setup
in_client ip addr add 192.168.10.2/24 dev cli
mkdir -p "$T/tree"
head -c 3000001 /dev/urandom >"$T/tree/file"
echo small >"$T/tree/small"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout "$T/key" \
    -out "$T/pem" 2>/dev/null || skip "no openssl"
conf() {
	cat <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	threads: 1
	dhcp: { mode: off }
	tftp: { enabled: no }
	nfs: { enabled: no }
	http:
	  enabled: yes
	  port: 8080
	  tls: { certificate: $T/pem, key: $T/key, port: 8443 }
	  $1
	trees:
	  t: { path: $T/tree, clients: any }
	END
}
ask() {
	in_client python3 "$TOP/tests/interop/http_wire.py" 192.168.10.1 8080 \
	    "$T/tree/file" "$@" >"$T/out" 2>&1 || sed -n 's/^/# /p' "$T/out"
}
told() {
	grep -q '^ok' "$T/out" || fail "$1: $(tail -n 1 "$T/out")"
	while read -r _word _more; do
		case $_word in
		ok) pass "${_more#- }" ;;
		not) fail "${_more#ok - }" ;;
		esac
	done <"$T/out"
}
talk() {
	ask "$@"
	told "$1"
}
: "${PROVD:=$BUILD/provd}"
# A sanitizer keeps what was freed for a while.
bounded() { grep -qa "__[at]san_init" "$PROVD" || test "$1" -lt "$2"; }
# shellcheck disable=SC2154	# of lib.sh
fds() { find "/proc/$_provd/fd" -mindepth 1 2>/dev/null | wc -l; }

conf "max-connections: 500" >"$T/provd.yaml"
start_provd "$T/provd.yaml"
talk wire
sleep 3
files=$(fds)
talk gone "shrink=$T/tree/changes"
before=$(provd_rss)
ask greedy &
greedy=$!
sleep 4
grown=$((($(provd_rss) - before) / 1024))
check "who asks and does not read costs little memory ($grown MiB)" bounded $grown 8
wait "$greedy"
told greedy
before=$(provd_rss)
ask greedy_tls=8443 &
greedy=$!
sleep 3
grown=$((($(provd_rss) - before) / 1024))
check "nor with TLS ($grown MiB)" bounded $grown 16
wait "$greedy"
told greedy_tls
before=$(provd_rss)
talk "many=$CONNECTIONS" slow=8443
grown=$((($(provd_rss) - before) / 1024))
check "$CONNECTIONS connections later memory is as it was ($grown MiB)" bounded $grown 4
no_more() { [ "$(fds)" -le "$files" ]; }
check "and so are descriptors" wait_for 10 no_more
stop_provd

conf "max-connections: 30" >"$T/provd.yaml"
start_provd "$T/provd.yaml"
talk full=30
stop_provd
conf "max-connections-per-client: 20" >"$T/provd.yaml"
start_provd "$T/provd.yaml"
talk per_client=20
