#!/bin/sh
# tftp_large.sh - much at a time: files of more than 4 GiB, block numbers that
# roll over, a thousand transfers, forged requests (bench/tftp.c, atftp).
#
# RFC 1350 says nothing of the block behind 65535; all who serve kernels count
# on with 0. RFC 7440 for windows.
# shellcheck disable=SC2034
PEERS="atftp"
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

S=192.168.10.1
LOAD=$BUILD/bench/tftp
[ -x "$LOAD" ] || skip "no $LOAD"
ATFTP=$(peer atftp atftp) || skip "no atftp"

ns_setup
in_client ip addr add 192.168.10.50/24 dev cli
ip link set srv mtu 65535
in_client ip link set cli mtu 65535
mkdir -p "$T/tree"
head -c 262144 /dev/urandom >"$T/tree/part"
head -c 41943040 /dev/urandom >"$T/tree/big"
# A hole, and bytes in front of 4 GiB, across it, and at the end: 4.1 GiB.
for at in 0 4294967000 4402341000; do
	printf 'here are bytes: %s' "$at" | dd of="$T/tree/huge" bs=1 seek="$at" conv=notrunc 2>/dev/null
done
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
dhcp: { mode: off }
nfs: { enabled: no }
tftp: { max-blksize: 65464, max-transfers: 1200 }
trees:
  t: { path: $T/tree, clients: any }
END
start_provd "$T/provd.yaml"

load() {	# NAME OPTION...
	_name=$1
	shift
	in_client "$LOAD" "$@" $S "$_name" "$T/tree/$_name"
}
# 67,250 blocks of 65464 bytes.
check "4.1 GiB, beyond block 65535" load huge -b 65464 -w 4 -t 200
rm "$T/tree/huge"
check "40 MiB, block numbers roll over, windows of 64" load big -b 512 -w 64
check "the same in lock-step" load big -b 512
rm -f "$T/got"
check "atftp, windows of 16, block numbers roll over" in_client "$ATFTP" \
    --option "blksize 512" --option "windowsize 16" -g -r big -l "$T/got" $S
check "every byte came" cmp "$T/tree/big" "$T/got"

# 1000 at a time, each with a port of its own.
# shellcheck disable=SC2154	# of lib.sh
before=$(provd_rss)
check "1000 clients, lock-step" load part -b 1428 -n 1000 -t 120
check "1000 clients, windows of 16" load part -b 1428 -w 16 -n 1000 -t 120
check "1000 clients, 1 percent lost" load part -b 1428 -w 16 -n 1000 -l 1 -t 120
after=$(provd_rss)
check "and the memory for it is bounded ($before KiB before, $after KiB after)" \
    [ $((after - before)) -lt 65536 ]

# Nobody stands behind these: what they are sent is bounded, the table too.
in_client python3 - $S <<'END' >"$T/forged"
import select, socket, time
import sys
socks = []
for i in range(3000):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b"\0\1part\0octet\0", (sys.argv[1], 69))
    socks.append(s)
end, n, size = time.monotonic() + 3, 0, 0
p = select.poll()
for s in socks:
    p.register(s, select.POLLIN)
by = {s.fileno(): s for s in socks}
while time.monotonic() < end:
    for fd, _ in p.poll(100):
        size += len(by[fd].recv(2000))
        n += 1
print(n / len(socks))
END
# shellcheck disable=SC2016	# for awk
check "a forged request is answered $(cat "$T/forged") times in 3 s" \
    awk '{ exit !($1 > 0.3 && $1 < 5) }' "$T/forged"
check "and another client gets its file" load part -b 1428
