# shellcheck shell=sh
# api_lib.sh - HTTPS for the API in a test; sourced after lib.sh.

CTL=${PROVD%/*}/provctl

# api_conf [LINE...]: provd's API at 192.168.10.1:8443, names provd.test and alias.test
api_conf() {
	cat <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	tftp: { enabled: no }
	nfs: { enabled: no }
	dhcp: { mode: off }
	api:
	  addresses: [192.168.10.1]
	  certificate: $T/cert
	  key: $T/key
	  tokens: $T/tokens
	  names: [alias.test]
	END
}

# certificate CN: for it and for 192.168.10.1, in $T/cert and $T/key
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	    -subj "/CN=$1" -addext "subjectAltName=DNS:$1,IP:192.168.10.1" \
	    -keyout "$T/key.new" -out "$T/cert.new" 2>/dev/null &&
	    mv "$T/key.new" "$T/key" && mv "$T/cert.new" "$T/cert"
}

token() { "$CTL" -c "$T/provd.yaml" token "$@" 2>>"$T/token.err"; }

# from NS CURL-ARGS...: one call; $T/head and $T/body, the code on standard output
from() {
	_ns=$1
	shift
	in_ns "$_ns" curl -s --noproxy '*' --max-time 10 --cacert "$T/cert" \
	    --resolve provd.test:8443:192.168.10.1 --resolve alias.test:8443:192.168.10.1 \
	    --resolve evil.test:8443:192.168.10.1 -D "$T/head" -o "$T/body" -w '%{http_code}' "$@"
}
# shellcheck disable=SC2034 # for who sources this
U=https://192.168.10.1:8443
# is CODE NS CURL-ARGS...
is() {
	_want=$1
	shift
	_got=$(from "$@")
	[ "$_got" = "$_want" ] || {
		echo "# $_got instead of $_want: $(cat "$T/body" 2>/dev/null)"
		return 1
	}
}
