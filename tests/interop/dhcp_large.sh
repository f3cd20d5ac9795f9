#!/bin/sh
# 65,536 hosts, as many as the configuration allows: they load, are listed and
# found, and while they are loaded anew DHCP goes on answering.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
: "${PROVD:=$BUILD/provd}"
ctl="${PROVD%/*}/provctl -s $T/provd.sock"
ns_setup
in_client ip addr add 192.168.10.2/24 dev cli
ip addr add 10.0.0.1/8 dev srv

# hosts DOMAIN: each with what a reservation has
hosts() {
	awk -v d="$1" 'BEGIN {
		for (i = 0; i < 65536; i++)
			printf "  h%05d: { mac: 02:00:00:00:%02x:%02x, address: 10.1.%d.%d, hostname: h%05d.%s%s }\n",
			    i, i / 256, i % 256, i / 256, i % 256, i, d, i % 4 ? "" : ", options: { routers: 10.0.0.2 }"
	}'
}
conf() {
	dhcp_conf reservation | sed -e '/subnets:/,$d'
	cat <<-END
	  conflict-check: off
	  relay-rate-limit: 0
	  subnets:
	    - subnet: 192.168.10.0/24
	      shared-network: all
	    - subnet: 10.0.0.0/8
	      shared-network: all
	      range: 10.200.0.0-10.200.255.255
	hosts:
	END
	hosts "$1"
}
conf example.org >"$T/provd.yaml"
seconds() { date +%s.%N; }
took() { echo "$1 $2 $3" | awk '{ printf "# %s: %.2f s\n", $3, $2 - $1 }'; }
run() { "$@" >"$T/out" 2>&1; }

t0=$(seconds)
check "65,536 hosts are a good configuration" run "$PROVD" -T -f "$T/provd.yaml"
took "$t0" "$(seconds)" "provd_-T"
t0=$(seconds)
start_provd "$T/provd.yaml"
took "$t0" "$(seconds)" "start"
memory() { echo $(($(provd_rss) / 1024)); }
echo "# memory: $(memory) MiB"
ask() { in_client python3 "$TOP/tests/interop/dhcp_large.py" 192.168.10.1 192.168.10.2 "$@"; }
longest() { sed -n 's/.*longest \([0-9]*\) ms/\1/p' "$T/asked"; }
# meanwhile NAME CMD...: DHCP is asked while that runs
meanwhile() {
	_what=$1
	shift
	rm -f "$T/stop"
	ask 60 "$T/stop" >"$T/asked" 2>&1 &
	_ask=$!
	sleep 0.5
	t0=$(seconds)
	check "$_what" run "$@"
	took "$t0" "$(seconds)" "it_took"
	: >"$T/stop"
	wait "$_ask"
	echo "# $(cat "$T/asked")"
	check "and DHCP answers all the while" test "$(longest)" -lt "${PAUSE_MS:-2000}"
}
echo "# at rest: $(ask 2)"
# shellcheck disable=SC2086
{
meanwhile "provctl hosts is answered" $ctl hosts
check "it lists all" test "$(grep -c '^h[0-9]' "$T/out")" = 65536
check "provctl show finds one" sh -c "$ctl show h54321 | grep -q 10.1.212.49"
conf example.net >"$T/provd.yaml"
meanwhile "they are loaded anew" $ctl reload
check "by the new configuration" grep -q "ev=reload .*did=reloaded" "$T/provd.log"
echo "# memory: $(memory) MiB"
meanwhile "and again" $ctl reload
echo "# memory: $(memory) MiB"
meanwhile "provctl leases is answered" $ctl leases
}
