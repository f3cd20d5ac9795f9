#!/bin/sh
# bench_http.sh - what files by HTTP cost: provd beside nginx with its best
# settings, by turns.  bench_lib.sh says how it is measured.  Prints medians, and
# fails when a byte is wrong.
# RUNS=1 SECONDS_EACH=1; `make bench` makes more of them.
# shellcheck disable=SC2034
PEERS="nginx"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/bench_lib.sh
. "$(dirname "$0")/bench_lib.sh"

: "${RUNS:=1}" "${SECONDS_EACH:=1}"
client=$BUILD/bench/http
[ -x "$client" ] || skip "no $client"
nginx=$(find "$BUILD/peers/nginx/usr/sbin" -name nginx 2>/dev/null)
[ -n "$nginx" ] || skip "no nginx"
S=192.168.10.1

ns_setup
in_client ip addr add 192.168.10.2/24 dev cli
bench_setup

mkdir -p "$T/tree/pool/main" "$T/nginx"
chmod 755 "$T"
for kb in 4 64 16384; do
	head -c $((kb * 1024)) /dev/urandom >"$T/tree/pool/main/$kb"
done
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
threads: 1
dhcp: { mode: off }
tftp: { enabled: no }
nfs: { enabled: no }
http: { enabled: yes, port: 8080 }
trees:
  t: { path: $T/tree, clients: any }
END
# pool/ beneath the tree's export, as provd has it
cat >"$T/nginx.conf" <<END
user root;
worker_processes 1;
daemon off;
pid $T/nginx.pid;
error_log $T/nginx.err;
events { worker_connections 2048; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 100000000;
	open_file_cache max=1000 inactive=60s;
	open_file_cache_valid 60s;
	client_body_temp_path $T/nginx/1;
	proxy_temp_path $T/nginx/2;
	fastcgi_temp_path $T/nginx/3;
	uwsgi_temp_path $T/nginx/4;
	scgi_temp_path $T/nginx/5;
	server {
		listen $S:8081;
		location /t/ { alias $T/tree/; }
	}
}
END
metered_provd
start_provd "$T/provd.yaml"
metered nginx "$nginx" -p "$T/nginx" -c "$T/nginx.conf" 2>"$T/nginx.out" &
_nginx=$!
load() {	# load PORT FILE CONNECTIONS SECONDS
	in_client "$client" $S "$1" "/t/pool/main/$2" "$T/tree/pool/main/$2" "$3" "$4" 2>"$T/err"
}
quick() { load 8081 4 1 0 >/dev/null; }
if ! wait_for 20 quick; then
	sed 's/^/# /' "$T/nginx.err" "$T/nginx.out" "$T/err"
	die "nginx does not answer"
fi

# one NAME PORT FILE CONNECTIONS: CPU us, answers, MiB
one() {
	_cpu0=$(meter "$1")
	_did=$(load "$2" "$3" "$4" "$SECONDS_EACH") || { sed 's/^/# /' "$T/err"; die "$1, $3 KiB: $(cat "$T/err")"; }
	echo "$(($(meter "$1") - _cpu0)) $_did" | awk '{
	    printf "%.2f %.2f %.0f\n", $1 / $2, $1 / $3, $2 / '"$SECONDS_EACH"' }' >>"$T/$1-$3"
}
every_byte() { load 8080 "$1" 4 0 >/dev/null; }
for kb in 4 64 16384; do
	check "provd, $kb KiB: every byte" every_byte $kb
done
i=0
while [ $i -lt "$RUNS" ]; do
	for kb in 4:64 64:64 16384:4; do
		one provd 8080 ${kb%:*} ${kb#*:}
		one nginx 8081 ${kb%:*} ${kb#*:}
	done
	i=$((i + 1))
done

echo "# HTTP: us of server CPU, $SECONDS_EACH s at a time; median of $RUNS runs"
table_row 34 "" provd nginx ratio "to reach"
line() {	# line NAME FILE COLUMN TARGET
	_p=$(median "$T/provd-$2" "$3") _g=$(median "$T/nginx-$2" "$3")
	table_row 34 "$1" "$_p" "$_g" "$(ratio "$_p" "$_g")" "$4"
}
line "4 KiB, 64 connections, request" 4 1 1.10
line "64 KiB, 64 connections, request" 64 1 1.00
line "16 MiB, 4 connections, MiB" 16384 2 1.00
table_row 34 "memory, MiB" $(($(rss provd) / 1024)) $(($(rss nginx) / 1024)) - "< 64"
kill "$_nginx"
pass "measured"
