#!/bin/sh
# provd is killed again and again while a rack of clients asks for addresses:
# nothing that was acknowledged is lost, no address is given twice.
#
# KILLS=20: how often, each at a random moment of its life.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

: "${KILLS:=20}"
[ -x "$BUILD/bench/dora" ] || skip "no $BUILD/bench/dora"
ns_setup
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
  rate-limit: 0
  relay-rate-limit: 0
  subnets:
    - subnet: 10.50.0.0/16
      range: 10.50.1.0-10.50.12.255
END

# More clients than before each time the journal is read: it must hold all of them.
in_client "$BUILD/bench/dora" -v -c 64 -n 3000 -t 270 10.50.0.1 10.50.0.2 >"$T/dora" 2>"$T/dora.err" &
clients=$!
i=0
while [ $i -lt "$KILLS" ]; do
	start_provd "$T/provd.yaml"
	sleep "0.$(awk -v s="$i$(date +%N)" 'BEGIN { srand(s); printf "%03d", 50 + rand() * 350 }')"
	kill_provd
	i=$((i + 1))
done
start_provd "$T/provd.yaml"
sleep 1
# The client itself, not the shell that waits for it.
pkill -TERM -x dora
wait "$clients"
rc=$?
sed 's/^/# /' "$T/dora" "$T/dora.err" | tail -n 8
check "$KILLS kills: no address was given twice, none that was given was refused" test $rc -eq 0
exchanges=$(sed -n 's/^exchanges \([0-9]*\) .*/\1/p' "$T/dora")
check "and clients were served in between ($exchanges exchanges)" \
    test "${exchanges:-0}" -gt $((KILLS * 20))
