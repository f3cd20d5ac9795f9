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
	  probe-time: 0
	  rate-limit: 0
	  dynamic-bootp: yes
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

# wire_setup: a switch (namespace "wire") with the server (srv, 192.168.10.1), a
# client (cli) and another server's namespace "other" (oth, 192.168.10.9) on it.
wire_setup() {
	ns_add wire
	ns_add client
	ns_add other
	in_ns wire ip link add br0 type bridge
	in_ns wire ip link set br0 up
	ns_link wire srv p-srv
	for _end in client:cli other:oth; do
		_pid='' && eval "_pid=\$_ns_${_end%:*}"
		in_ns wire ip link add "p-${_end#*:}" type veth peer name "${_end#*:}" netns "$_pid"
		in_ns wire ip link set "p-${_end#*:}" up
		in_ns "${_end%:*}" ip link set "${_end#*:}" up
	done
	for _end in srv cli oth; do
		in_ns wire ip link set "p-$_end" master br0
	done
	ip addr add 192.168.10.1/24 dev srv
	in_ns other ip addr add 192.168.10.9/24 dev oth
}
