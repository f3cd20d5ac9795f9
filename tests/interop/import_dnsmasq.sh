#!/bin/sh
# What a dnsmasq tells its clients, and what provd tells them with the imported
# configuration: the same, option for option.
PEERS="dnsmasq-base"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
ns_setup
dnsmasq=$(peer dnsmasq-base dnsmasq) || skip "no dnsmasq"
PROVCTL=${PROVCTL:-$(dirname "${PROVD:-$BUILD/provd}")/provctl}
[ -x "$PROVCTL" ] || skip "no program $PROVCTL"
S=192.168.10.1

mkdir -p "$T/tftp" "$T/conf.d"
echo x >"$T/tftp/undionly.kpxe"
cat >"$T/dnsmasq.conf" <<END
port=0
interface=srv
bind-interfaces
no-ping
dhcp-authoritative
domain=example.org
dhcp-range=192.168.10.100,192.168.10.150,255.255.255.0,2h
dhcp-option=option:router,192.168.10.254
dhcp-option=6,192.168.10.2,192.168.10.3
dhcp-option=option:domain-search,example.org,lab.example.org
dhcp-option=26,1400
dhcp-option=option:static-route,10.8.0.0,10.0.0.1
dhcp-option=224,"rack 7"
dhcp-match=set:efi,option:client-arch,7
dhcp-match=set:efi,option:client-arch,9
dhcp-match=set:arm,option:client-arch,11
dhcp-match=set:ipxe,175
dhcp-vendorclass=set:phone,Polycom
dhcp-userclass=set:lab,lab
dhcp-boot=tag:!ipxe,undionly.kpxe,boot,192.168.10.7
dhcp-boot=tag:efi,tag:!ipxe,ipxe.efi,boot,192.168.10.7
dhcp-boot=tag:ipxe,http://192.168.10.7/boot.ipxe,boot,192.168.10.7
dhcp-option=tag:phone,option:tftp-server-address,192.168.10.8
dhcp-option=tag:lab,224,"rack 8"
conf-dir=$T/conf.d,*.conf
END
cat >"$T/conf.d/hosts.conf" <<'END'
dhcp-host=02:00:00:00:00:01,192.168.10.11,one,set:special
dhcp-host=02:00:00:00:00:02,192.168.10.12,two,10m
dhcp-option=tag:special,option:root-path,"192.168.10.7:/usr/tftpboot"
END
echo "bogus" >"$T/conf.d/ignored.bak"
: >"$T/dnsmasq.leases"
"$dnsmasq" -k -C "$T/dnsmasq.conf" -l "$T/dnsmasq.leases" -x "$T/dnsmasq.pid" -u root \
    --log-facility=- >"$T/dnsmasq.log" 2>&1 &
_dnsmasq=$!
wait_for 10 grep -q "DHCP, IP range" "$T/dnsmasq.log" || fail "dnsmasq serves: $(cat "$T/dnsmasq.log")"
in_client python3 "$TOP/tests/interop/import_ask.py" ask $S "$T/there"
kill "$_dnsmasq"
wait "$_dnsmasq" 2>/dev/null || :
check "dnsmasq did answer" grep -q "ack yiaddr" "$T/there"

"$PROVCTL" import "$T/dnsmasq.conf" "$T/dnsmasq.leases" >"$T/provd.yaml" 2>"$T/report"
code=$?
sed 's/^/# /' "$T/report"
check "something is left out, and it is said" test $code -eq 4
check "leases are counted" grep -q " leases: " "$T/report"
cat >>"$T/provd.yaml" <<END
state: $T/state
socket: $T/provd.sock
user: root
END
sed -i 's/^dhcp:$/dhcp:\n  probe-time: 0/' "$T/provd.yaml"
start_provd "$T/provd.yaml"
in_client python3 "$TOP/tests/interop/import_ask.py" ask $S "$T/here"
check "provd says what dnsmasq says" python3 "$TOP/tests/interop/import_ask.py" same "$T/there" "$T/here" $S
stop_provd

# With --hosts those who have a lease keep it for good.
"$PROVCTL" import --hosts "$T/dnsmasq.conf" "$T/dnsmasq.leases" >"$T/hosts.yaml" 2>/dev/null
plain=$(sed -n 's/^[0-9]* 02:00:00:00:00:51 \([0-9.]*\) .*/\1/p' "$T/dnsmasq.leases")
check "a lease is there" test -n "$plain"
check "and is a host's now" sh -c "grep -A 2 'mac: 02:00:00:00:00:51' '$T/hosts.yaml' | grep -q 'address: $plain'"
