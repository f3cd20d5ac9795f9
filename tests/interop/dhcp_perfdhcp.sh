#!/bin/sh
# perfdhcp: many clients through a relay at a bounded rate; nobody is
# forgotten, no address is given twice, and what was acknowledged outlives a
# kill -9.
PEERS="kea-admin"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
ns_setup
perfdhcp=$(peer kea-admin perfdhcp) || skip "no perfdhcp"
ip addr add 10.50.0.1/16 dev srv
in_client ip addr add 10.50.0.2/16 dev cli
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
tftp: { enabled: no }
nfs: { enabled: no }
dhcp:
  mode: authoritative
  probe-time: 0
  conflict-check: off
  options: { default-lease-time: 1h }
  subnets:
    - subnet: 10.50.0.0/16
      range: 10.50.1.0-10.50.200.255
END
start_provd "$T/provd.yaml"

# run NAME RATE CLIENTS EXCHANGES [OPTION...]
run() {
	_name=$1 _rate=$2 _clients=$3 _count=$4
	shift 4
	in_client timeout 60 "$perfdhcp" -4 -r "$_rate" -R "$_clients" -n "$_count" -d 10 -W 5000000 \
	    "$@" -l cli 10.50.0.1 >"$T/$_name" 2>&1
	set -- "$_name"
	sed -n 's/^\(sent packets\|received packets\|drops\|.*uniqueness.*\).*/# &/p' "$T/$1"
	grep -q "drops: 0" "$T/$1" && [ "$(grep -c "drops: 0" "$T/$1")" -eq 2 ]
}

check "500 clients get their leases" run first 200 500 1000
acked() { sed -n 's/.*mac=\([^ ]*\) .*REQUEST -> ACK \([0-9.]*\) .*/\1 \2/p' "$T/provd.log" | sort -u; }
acked >"$T/acked"
macs=$(cut -d' ' -f1 "$T/acked" | sort -u | wc -l)
addrs=$(cut -d' ' -f2 "$T/acked" | sort -u | wc -l)
pairs=$(wc -l <"$T/acked")
check "each address has one client, each client one address ($macs, $addrs)" \
    test "$macs" -eq "$pairs" -a "$addrs" -eq "$pairs" -a "$macs" -gt 400

# In the middle of it: what was acknowledged is on disk, what was not is asked again.
run second 200 500 1000 >/dev/null 2>&1 &
clients=$!
sleep 2
kill_provd
start_provd "$T/provd.yaml"
wait "$clients"
check "after a kill -9 among it they are all served again" run third 200 500 1000
acked >"$T/acked2"
check "and each has the address it was told before" \
    test -z "$(awk 'NR == FNR { had[$1] = $2; next }
	$1 in had && had[$1] != $2' "$T/acked" "$T/acked2")"
check "which nobody else was told" \
    test "$(cut -d' ' -f2 "$T/acked2" | sort | uniq -d | wc -l)" -eq 0

# Its other ways to ask.
offered() {
	in_client timeout 60 "$perfdhcp" -4 -i -r 200 -R 200 -n 200 -l cli 10.50.0.1 >"$T/offers" 2>&1
	grep -Eq "drops: [01]$" "$T/offers"	# it does not wait for the last one
}
check "offers alone, which reserve their addresses" offered
check "one thread" run single 200 100 200 -g single
check "answers broadcast" run broadcast 200 100 200 -B
run renew 100 100 200 -f 50 >/dev/null
check "renewals in between" awk '/Statistics for: REQUEST-ACK \(renewal\)/ { r = 1 }
	r && /^received packets:/ { n = $3 } END { exit !(n > 20) }' "$T/renew"
