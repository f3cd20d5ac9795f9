#!/bin/sh
# As a service manager starts it: with the capabilities of dist/provd.service and
# no others, told when it serves, heard from while it lives. Completions too.
# shellcheck disable=SC2034,SC2154
PEERS="udhcpc"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
UDHCPC=$(peer udhcpc udhcpc) || skip "no udhcpc"
ns_setup
: "${PROVD:=$BUILD/provd}"
CTL=${PROVD%/*}/provctl
unit=$TOP/dist/provd.service
caps=$(sed -n 's/^CapabilityBoundingSet=//p' "$unit" | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
chmod 755 "$T"
mkdir "$T/tree"
echo hello >"$T/tree/file"
cat >"$T/provd.yaml" <<END2
interface: srv
state: $T/state
socket: $T/ctl
user: nobody
clients: any
read-all-files: yes
trees: { t: { path: $T/tree, clients: any } }
hosts: { web1: { mac: "52:54:00:00:00:01" } }
dhcp:
  mode: authoritative
  probe-time: 0
  subnets: [ { subnet: 192.168.10.0/24, range: 192.168.10.100-192.168.10.109 } ]
END2

# The manager: writes down what it hears, with the time.
python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
import os; os.chmod(sys.argv[1], 0o777)
print("listening", flush=True)
while True:
    print(s.recv(100).decode(), flush=True)' "$T/notify" >"$T/heard" &
wait_for 5 grep -q listening "$T/heard"
cat >"$T/run" <<END2
#!/bin/sh
NOTIFY_SOCKET=$T/notify WATCHDOG_USEC=900000 exec setpriv --no-new-privs \
    --bounding-set "-all,$caps" --inh-caps -all "$PROVD" "\$@"
END2
chmod +x "$T/run"
real=$PROVD
PROVD=$T/run
start_provd "$T/provd.yaml"
PROVD=$real
check "it says that it serves" wait_for 5 grep -qx READY=1 "$T/heard"
alive() { [ "$(grep -cx WATCHDOG=1 "$T/heard")" -ge 3 ]; }
check "and that it lives" wait_for 5 alive
check "as the user that it was told" test "$(stat -c %U "/proc/$_provd")" = nobody
# net_bind_service 10, net_raw 13, dac_read_search 2
check "with three capabilities" grep -q '^CapEff:	0*2404$' "/proc/$_provd/status"
check "DHCP" in_client "$UDHCPC" -i cli -n -q -f -t 3 -T 2 -s /bin/true
in_client ip addr add 192.168.10.2/24 dev cli
check "TFTP" sh -c "$(command -v nsenter) -t $_ns_client -n curl -s -m 10 tftp://192.168.10.1/t/file | grep -qx hello"
kill -STOP "$_provd"
sleep 1
n=$(grep -c WATCHDOG "$T/heard")
sleep 1.5
check "stopped it is not heard from" test "$(grep -c WATCHDOG "$T/heard")" -eq "$n"
kill -CONT "$_provd"
goes_on() { [ "$(grep -c WATCHDOG "$T/heard")" -gt "$n" ]; }
check "then it is again" wait_for 5 goes_on

# offers WORD...: what bash offers for the last one
offers() {
	bash -c '. "$0"; provctl() { "'"$CTL"'" -s "'"$T/ctl"'" "$@"; }
	    COMP_WORDS=(provctl "$@"); COMP_CWORD=$#; _provctl; echo "${COMPREPLY[*]}"' \
	    "$TOP/dist/provctl.bash" "$@"
}
check "commands are completed" test "$(offers ar)" = arm
check "and those of media" test "$(offers media ch)" = check
check "of wave, which stand behind each other" test "$(offers wave st)" = "start status stop"
check "and of power" test "$(offers power cy)" = cycle
check "hosts are completed" test "$(offers arm w)" = web1
# fish and zsh are asked only where they are.
if command -v fish >/dev/null; then
	fish_offers() {
		fish --no-config -c "function provctl; '$CTL' -s '$T/ctl' \$argv; end; source '$TOP/dist/provctl.fish'; complete -C '$1'"
	}
	check "fish completes commands" sh -c "printf %s '$(fish_offers 'provctl disa')' | grep -q '^disarm'"
	check "and hosts" test "$(fish_offers 'provctl arm w')" = web1
fi
if command -v zsh >/dev/null; then
	check "zsh reads its own" zsh -n "$TOP/dist/_provctl"
fi

stop_provd
check "it says that it ends" grep -qx STOPPING=1 "$T/heard"
