# shellcheck shell=sh
# dhcp_lib.sh - what the DHCP interop tests share; sourced after lib.sh.

# dhcp_conf [MODE]: a configuration for DHCP alone; everybody is answered if
# no other mode is given.  The range is .100-.109; host "fixed" is 02:00:00:00:00:20.
dhcp_conf() {
	cat <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	tftp: { enabled: no }
	nfs: { enabled: no }
	dhcp:
	  mode: ${1:-authoritative}
	  options:
	    domain-name-servers: [192.168.10.253, 192.168.10.252]
	    domain-name: example.org
	    default-lease-time: 2h
	  subnets:
	    - subnet: 192.168.10.0/24
	      range: 192.168.10.100-192.168.10.109
	      options: { routers: 192.168.10.254 }
	    - subnet: 10.99.0.0/24
	      range: 10.99.0.50-10.99.0.59
	hosts:
	  fixed:
	    mac: 02:00:00:00:00:20
	    address: 192.168.10.20
	    hostname: fixed.example.org
	END
}

# logged PATTERN: provd has said so
logged() { grep -q -- "$1" "$T/provd.log"; }

# addr_of: the address the client's interface has
addr_of() {
	in_client ip -4 -o addr show dev cli | awk '{ sub("/.*", "", $4); print $4; exit }'
}

# has ADDRESS: the client's interface has it
has() { [ "$(addr_of)" = "$1" ]; }

set_mac() {
	in_client ip link set cli down
	in_client ip link set cli address "$1"
	in_client ip link set cli up
}

flush() { in_client ip addr flush dev cli; }
