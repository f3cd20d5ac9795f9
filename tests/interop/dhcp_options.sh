#!/bin/sh
# Options of every type, as dhclient and udhcpc read them: asked for by their
# own lists, from all scopes, with a vendor space and a class.
PEERS="isc-dhcp-client udhcpc"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
ns_setup
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
  option-definitions:
    rack: { code: 224, type: text }
    shelf: { code: 226, type: "array of {uint16, ip-address}" }
    SUNW.server: { code: 2, type: ip-address }
    SUNW.path: { code: 4, type: text }
  options:
    domain-name: example.org
    swap-server: 192.168.10.7
    log-servers: [192.168.10.8, 192.168.10.9]
    static-routes: ["10.1.0.0 192.168.10.9", "10.2.0.0 192.168.10.8"]
    default-ip-ttl: 61
    interface-mtu: 1400
    path-mtu-plateau-table: [68, 296, 508]
    arp-cache-timeout: 4000000000
    time-offset: -3600
    ip-forwarding: yes
    merit-dump: a dump here
    domain-search: [example.org, lab.example.org, example.com]
    classless-static-routes: ["10.3.0.0/16 192.168.10.9", "0.0.0.0/0 192.168.10.254"]
    slp-directory-agent: "yes 192.168.10.4"
    tftp-server-address: [192.168.10.5]
    rack: from all
    shelf: ["7 192.168.10.5", "8 192.168.10.6"]
    option-225: "0a:0b:0c"
    v6-only-preferred: 1800
    default-lease-time: 2h
  classes:
    sun: { vendor-class: SUNW, options: { SUNW.server: 192.168.10.11, SUNW.path: /export/root, rack: from class } }
  subnets:
    - subnet: 192.168.10.0/24
      range: 192.168.10.100-192.168.10.109
      pools:
        - range: 192.168.10.150
          allow: sun
          options: { arp-cache-timeout: 600 }
      options: { routers: 192.168.10.254, merit-dump: of the subnet }
hosts:
  h: { mac: "02:00:00:00:00:20", options: { rack: from host, always-send: rack } }
END
start_provd "$T/provd.yaml"
dhclient=$(peer isc-dhcp-client dhclient) || skip "no dhclient"

# What a client's script is told.
cat >"$T/script" <<END
#!/bin/sh
case \${reason:-\$1} in
BOUND | REBOOT | bound) env >"$T/got" ;;
esac
exit 0
END
chmod +x "$T/script"
cat >"$T/dhclient.conf" <<'END'
option rack code 224 = text;
option blob code 225 = string;
option shelf code 226 = array of { unsigned integer 16, ip-address };
option routes code 121 = array of unsigned integer 8;
option tftp-address code 150 = array of ip-address;
request subnet-mask, routers, domain-name, swap-server, log-servers, static-routes,
    default-ip-ttl, interface-mtu, path-mtu-plateau-table, arp-cache-timeout,
    time-offset, ip-forwarding, merit-dump, domain-search, routes,
    slp-directory-agent, tftp-address, rack, shelf, blob;
END
run_dhclient() {
	rm -f "$T/got" "$T/leases"
	in_client timeout 60 "$dhclient" -4 -1 -v -sf "$T/script" -lf "$T/leases" \
	    -pf "$T/pid" -cf "$T/dhclient.conf" cli >>"$T/dhclient.log" 2>&1
	[ ! -s "$T/pid" ] || kill -9 "$(cat "$T/pid")" 2>/dev/null
	[ -s "$T/got" ]
}
got() { grep -qxF -- "$1" "$T/got" || { grep "^${1%%=*}=" "$T/got"; return 1; }; }

check "dhclient gets a lease" run_dhclient
while read -r what; do
	check "$what" got "$what"
done <<'END'
new_subnet_mask=255.255.255.0
new_routers=192.168.10.254
new_domain_name=example.org
new_swap_server=192.168.10.7
new_log_servers=192.168.10.8 192.168.10.9
new_static_routes=10.1.0.0 192.168.10.9 10.2.0.0 192.168.10.8
new_default_ip_ttl=61
new_interface_mtu=1400
new_path_mtu_plateau_table=68 296 508
new_arp_cache_timeout=4000000000
new_time_offset=-3600
new_ip_forwarding=true
new_merit_dump=of the subnet
new_domain_search=example.org. lab.example.org. example.com.
new_routes=16 10 3 192 168 10 9 0 192 168 10 254
new_slp_directory_agent=true 192.168.10.4
new_tftp_address=192.168.10.5
new_rack=from all
new_shelf=7 192.168.10.5 8 192.168.10.6
new_blob=a:b:c
END

# A vendor's client: the class, its pool, and option 43.
cat >>"$T/dhclient.conf" <<'END'
send vendor-class-identifier "SUNW.Ultra-5";
END
sed -i 's/rack, shelf, blob;/rack, shelf, blob, vendor-encapsulated-options;/' "$T/dhclient.conf"
flush
set_mac 02:00:00:00:00:31
check "a client of the vendor class" run_dhclient
check "has what its class says" got "new_rack=from class"
check "and its vendor's space" \
    got "new_vendor_encapsulated_options=2:4:c0:a8:a:b:4:c:2f:65:78:70:6f:72:74:2f:72:6f:6f:74"
check "an address" grep -q '^new_ip_address=192.168.10' "$T/got"

udhcpc=$(peer udhcpc udhcpc) || skip "no udhcpc"
run_udhcpc() {
	rm -f "$T/got"
	flush
	in_client timeout 30 "$udhcpc" -i cli -s "$T/script" -n -q -f "$@" >>"$T/udhcpc.log" 2>&1
	[ -s "$T/got" ]
}
set_mac 02:00:00:00:00:32
check "udhcpc gets a lease" run_udhcpc -O search -O staticroutes -O mtu -O 108 -O 224 \
    -O routes -O ipttl -O 225
while read -r what; do
	check "$what" got "$what"
done <<'END'
search=example.org lab.example.org example.com
staticroutes=10.3.0.0/16 192.168.10.9 0.0.0.0/0 192.168.10.254
mtu=1400
opt224=66726f6d20616c6c
opt225=0a0b0c
opt108=00000708
routes=10.1.0.0/192.168.10.9 10.2.0.0/192.168.10.8
ipttl=61
END
check "without asking" run_udhcpc
refuse "it is not told what it did not ask for" grep -q "^opt224=" "$T/got"
set_mac 02:00:00:00:00:20
check "the host asks for nothing more" run_udhcpc
check "and is told what is always sent to it" got "opt224=66726f6d20686f7374"

# Which scope said it.
: "${PROVD:=$BUILD/provd}"
ctl=${PROVD%/*}/provctl
"$ctl" -s "$T/provd.sock" explain h >"$T/explained" 2>&1
said() { grep -qF -- "$1" "$T/explained"; }
check "explain names an option's scope" said '224 rack: "from host" (host h)'
check "and the network's" said "  3 routers: 192.168.10.254 (subnet 192.168.10.0/24)"
check "and what was asked for" said "it asks for: subnet-mask, routers, domain-name-servers"
