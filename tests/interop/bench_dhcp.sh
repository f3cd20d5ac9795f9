#!/bin/sh
# bench_dhcp.sh - what a lease costs: provd beside Kea, ISC's dhcpd and dnsmasq,
# the same clients, the same disk, by turns.
#
# Prints medians: exchanges (DISCOVER to ACK) a second, server CPU for each, and
# exchanges for each fdatasync that the disk can do at that moment. provd and
# dhcpd have every lease on disk before they acknowledge it; Kea writes without
# waiting, dnsmasq too. Fails when an address was given twice, or a server does
# not answer.  RUNS=1 SECONDS_EACH=2 IN_FLIGHT=64 SERVERS="..." POOLS="1 2"
# (times 65,536 addresses).
# shellcheck disable=SC2034
PEERS="kea-dhcp4-server isc-dhcp-server dnsmasq-base"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/bench_lib.sh
. "$(dirname "$0")/bench_lib.sh"

: "${RUNS:=1}" "${SECONDS_EACH:=2}" "${IN_FLIGHT:=64}" "${POOLS:=1}"
: "${SERVERS:=provd kea isc dnsmasq}"
KEA=$(peer kea-dhcp4-server kea-dhcp4) || skip "no kea"
ISC=$(peer isc-dhcp-server dhcpd) || skip "no isc-dhcp-server"
DNSMASQ=$(peer dnsmasq-base dnsmasq) || skip "no dnsmasq"
[ -x "$BUILD/bench/dora" ] || skip "no $BUILD/bench/dora"
# On the disk of the build, not on a tmpfs.
D=$BUILD/bench.state
rm -rf "$D"
mkdir -p "$D"

ns_setup
ip addr add 10.48.0.1/12 dev srv
in_client ip addr add 10.48.0.2/12 dev cli

disk() {
	python3 - "$D/probe" <<-'END'
	import os, sys, time
	fd = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
	n, end = 0, time.monotonic() + 1
	while time.monotonic() < end:
	    os.write(fd, b"x" * 256)
	    os.fdatasync(fd)
	    n += 1
	print(n)
	END
	rm -f "$D/probe"
}

# configure NAME: for $HI, the second byte of the last address
configure() {
	case $1 in
	provd) cat >"$T/provd.yaml" <<-END
		interface: srv
		state: $D/state
		socket: $T/provd.sock
		user: root
		tftp: { enabled: no }
		nfs: { enabled: no }
		dhcp:
		  mode: authoritative
		  probe-time: 0
		  conflict-check: off
		  rate-limit: 0
		  relay-rate-limit: 0
		  options: { default-lease-time: 12h, routers: 10.48.0.1 }
		  subnets:
		    - subnet: 10.48.0.0/12
		      range: 10.50.0.0-10.$HI.255.255
		END
		;;
	kea) cat >"$T/kea.conf" <<-END
		{ "Dhcp4": {
		  "interfaces-config": { "interfaces": [ "srv" ], "dhcp-socket-type": "udp" },
		  "lease-database": { "type": "memfile", "persist": true,
		    "name": "$D/state/leases.csv", "lfc-interval": 0 },
		  "valid-lifetime": 43200,
		  "subnet4": [ { "subnet": "10.48.0.0/12",
		    "pools": [ { "pool": "10.50.0.0 - 10.$HI.255.255" } ],
		    "option-data": [ { "name": "routers", "data": "10.48.0.1" } ] } ],
		  "loggers": [ { "name": "kea-dhcp4", "severity": "ERROR",
		    "output_options": [ { "output": "$T/kea.log" } ] } ] } }
		END
		;;
	isc) cat >"$T/dhcpd.conf" <<-END
		authoritative;
		ping-check false;
		default-lease-time 43200;
		max-lease-time 43200;
		subnet 10.48.0.0 netmask 255.240.0.0 {
		  range 10.50.0.0 10.$HI.255.255;
		  option routers 10.48.0.1;
		}
		END
		;;
	esac
}

launch() {
	rm -rf "$D/state"
	mkdir "$D/state"
	case $1 in
	provd)	start_provd "$T/provd.yaml"
		# shellcheck disable=SC2154	# of lib.sh
		server=$_provd
		return ;;
	kea)	KEA_PIDFILE_DIR=$T KEA_LOCKFILE_DIR=$T "$KEA" -c "$T/kea.conf" >"$T/kea.out" 2>&1 & ;;
	isc)	: >"$D/state/dhcpd.leases"
		"$ISC" -4 -f -q -user root -group root -cf "$T/dhcpd.conf" -lf "$D/state/dhcpd.leases" \
		    -pf "$T/dhcpd.pid" srv >"$T/isc.out" 2>&1 & ;;
	dnsmasq) "$DNSMASQ" -k -C /dev/null -p 0 -i srv -z -u root -l "$D/state/leases" --no-ping \
		    --dhcp-authoritative --dhcp-lease-max=1000000 --quiet-dhcp --log-facility=- \
		    --dhcp-range="10.50.0.0,10.$HI.255.255,255.240.0.0,12h" >"$T/dnsmasq.out" 2>&1 & ;;
	esac
	server=$!
}

end() {
	if [ "$1" = provd ]; then
		stop_provd
	else
		kill "$server" 2>/dev/null
		wait "$server" 2>/dev/null
	fi
}

answers() { in_client "$BUILD/bench/dora" -c 1 -n 1 -t 1 10.48.0.1 10.48.0.2 >/dev/null 2>&1; }

# one NAME: a line "exchanges/s cpu-us syncs/s" to $T/NAME.$P
one() {
	launch "$1"
	wait_for 20 answers || { sed 's/^/# /' "$T/$1.out" 2>/dev/null; die "$1 does not answer"; }
	syncs=$(disk)
	in_client "$BUILD/bench/dora" -c "$IN_FLIGHT" -n 50000 -t "$SECONDS_EACH" -p "$server" \
	    10.48.0.1 10.48.0.2 >"$T/out" 2>"$T/err" || [ "$1" = dnsmasq ] ||
	    fail "$1: $(tail -n 1 "$T/out") $(tail -n 1 "$T/err")"
	end "$1"
	awk -v s="$syncs" '{ print $4, $6, s, $12 }' "$T/out" >>"$T/$1.$P"
}

for P in $POOLS; do
	HI=$((49 + P))
	for s in $SERVERS; do configure "$s"; done
	i=0
	while [ $i -lt "$RUNS" ]; do
		for s in $SERVERS; do one "$s"; done
		i=$((i + 1))
	done
	for s in $SERVERS; do
		check "$s answers, $((P * 65536)) addresses" [ "$(wc -l <"$T/$s.$P")" = "$RUNS" ]
	done
	echo "# $IN_FLIGHT exchanges in flight, $((P * 65536)) addresses; median of $RUNS runs of $SECONDS_EACH s"
	printf '# %-10s %12s %12s %14s %14s %6s\n' server DORA/s "CPU us/DORA" fdatasync/s DORA/fdatasync naks
	for s in $SERVERS; do
		r=$(median "$T/$s.$P" 1) y=$(median "$T/$s.$P" 3)
		printf '# %-10s %12s %12s %14s %14s %6s\n' "$s" "$r" "$(median "$T/$s.$P" 2)" "$y" \
		    "$(echo "$r $y" | awk '{ printf "%.2f", ($2 > 0 ? $1 / $2 : 0) }')" "$(median "$T/$s.$P" 4)"
	done
done
rm -rf "$D"
