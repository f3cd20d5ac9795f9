#!/bin/sh
# hooks.sh - machines switched on and off: Wake-on-LAN seen on the wire, and the
# hooks that come with provd: QEMU's own QMP, virsh with libvirt's test driver,
# a small BMC that speaks Redfish, ipmitool with ipmi_sim.  What a hook is
# given, and that one that hangs, writes without end, or is not there, harms nobody.
PEERS="ipmitool openipmi libvirt-clients"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
: "${PROVD:=$BUILD/provd}"
PROVCTL=${PROVD%/*}/provctl
qemu=$(command -v qemu-system-x86_64) || skip "no qemu-system-x86_64"
command -v curl >/dev/null || skip "no curl"
ns_setup

mkdir -p "$T/hooks" "$T/bin" "$T/tree"
cp "$TOP"/dist/hooks/* "$T/hooks/"
printf 's3c"ret\\\n' >"$T/password"
printf 'test\n' >"$T/ipmi.password"
cat >"$T/hooks/tell" <<'END'
#!/bin/sh
env | sort
echo "args=$#"
id -u
END
printf '#!/bin/sh\necho begun\nsleep 100 &\nsleep 100\n' >"$T/hooks/hang"
printf '#!/bin/sh\ni=0\nwhile [ $i -lt 20000 ]; do echo "line $i"; i=$((i + 1)); done\nexit 3\n' >"$T/hooks/chatter"
chmod +x "$T"/hooks/*
cat >"$T/provd.yaml" <<END
interface: srv
state: $T/state
socket: $T/provd.sock
user: root
tftp: { enabled: no }
nfs: { enabled: no }
hooks: $T/hooks
power: { user: admin, password-file: $T/password }
dhcp: { subnets: [ { subnet: 192.168.10.0/24 } ] }
hosts:
  vm: { mac: "52:54:00:00:00:01", power: { method: qemu, address: $T/qmp } }
  dom: { mac: "52:54:00:00:00:02", power: { method: libvirt, address: "test://$T/test.xml", target: vm1 } }
  fish: { mac: "52:54:00:00:00:03", power: { method: redfish, address: "http://127.0.0.1:8001", target: node1 } }
  fish2: { mac: "52:54:00:00:00:04", power: { method: redfish, address: "http://127.0.0.1:8001", target: node2 } }
  bmc: { mac: "52:54:00:00:00:05", power: { method: ipmi, address: "127.0.0.1:9623", user: ipmiusr, password-file: $T/ipmi.password } }
  wol: { mac: "52:54:00:00:00:06", address: 192.168.10.6, power: { method: wol } }
  wol2: { mac: "52:54:00:00:00:07", power: { method: wol, secureon: "01:02:03:04:05:06" } }
  tell: { mac: "52:54:00:00:00:08", address: 192.168.10.8, power: { method: tell, address: "a; touch $T/shell; \$(id)" } }
  hang: { mac: "52:54:00:00:00:09", power: { method: hang, timeout: 1s } }
  chatter: { mac: "52:54:00:00:00:0a", power: { method: chatter } }
  gone: { mac: "52:54:00:00:00:0b", power: { method: $T/nothing } }
  none: { mac: "52:54:00:00:00:0c", power: { method: none } }
END
PATH=$T/bin:$PATH
start_provd "$T/provd.yaml"
ctl() { "$PROVCTL" -s "$T/provd.sock" "$@" </dev/null; }
says() { _want=$1; shift; ctl "$@" >"$T/out" 2>&1; grep -qF -- "$_want" "$T/out" || { sed 's/^/# /' "$T/out"; false; }; }
history() { ctl show "$1" | grep -qF -- "$2"; }

# Wake-on-LAN
cat >"$T/hear.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("", 9))
s.settimeout(20)
open(sys.argv[1] + ".ready", "w").close()
for _ in range(2):
    p = s.recv(2000)
    print(p.hex(), file=open(sys.argv[1], "a"), flush=True)
END
in_client ip addr add 192.168.10.50/24 dev cli
in_client python3 "$T/hear.py" "$T/heard" &
hears() { [ -e "$T/heard.ready" ]; }
wait_for 10 hears
check "Wake-on-LAN is sent" says "wol: power on: Wake-on-LAN was sent" power on wol
check "and with a password" says "wol2: power cycle: Wake-on-LAN was sent; a machine that is on stays on" power cycle wol2 -y
heard() { [ "$(wc -l <"$T/heard")" -eq 2 ]; }
check "both are heard" wait_for 10 heard
magic() { printf ffffffffffff; for _i in 1 2 3 4 5 6 7 8; do printf '%s%s' "$1" "$1"; done; }
check "byte for byte" test "$(sed -n 1p "$T/heard")" = "$(magic 525400000006)"
check "the password last" test "$(sed -n 2p "$T/heard")" = "$(magic 525400000007)010203040506"
check "it cannot switch off" says "wol: Wake-on-LAN switches on, and nothing else" power off wol -y
check "who cannot be switched is told" says "none has no power.method" power on none

# What a hook is given, and what it is not
check "a hook runs" says "power cycle by tell" power cycle tell
check "with nothing to read in its words" test ! -e "$T/shell"
cat >"$T/want" <<END
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PROVD_ACTION=cycle
PROVD_ADDRESS=192.168.10.8
PROVD_HOST=tell
PROVD_MAC=52:54:00:00:00:08
PROVD_POWER_ADDRESS=a; touch $T/shell; \$(id)
PROVD_POWER_PASSWORD_FILE=$T/password
PROVD_POWER_TARGET=tell
PROVD_POWER_USER=admin
PWD=/
args=0
0
END
mv "$T/hooks/tell" "$T/hooks/tell.sh"
printf '#!/bin/sh\n%s/hooks/tell.sh >%s/told\n' "$T" "$T" >"$T/hooks/tell"
chmod +x "$T/hooks/tell"
ctl power cycle tell >/dev/null
check "its environment" sh -c "grep -v '^SHLVL\|^_=\|^OLDPWD' '$T/told' | diff '$T/want' - | sed 's/^/# /' | tee '$T/d'; test ! -s '$T/d'"
check "one that hangs is ended" says "hang: did not end in time" power on hang
check "and its history says so" history hang "power on failed: hang: did not end in time: begun"
left() { ! ps -eo args | grep -q '^sleep 100'; }
check "with all that it started" wait_for 5 left
check "one that writes without end is cut" says "chatter: exit 3: line 19999" power on chatter
check "one that is not there" says "nothing: exit 127" power on gone
many() { for _i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ctl power on hang >/dev/null 2>&1 & _p="$_p $!"; done; }
_p=''
many
check "others get their turn" says "power on by tell" power on tell
for p in $_p; do wait "$p"; done
check "secrets are in no answer" sh -c "! grep -rq 's3c' '$T/provd.log' '$T/out'"

# QEMU
timeout 200 "$qemu" -accel tcg -m 64 -display none -nodefaults -qmp "unix:$T/qmp,server=on,wait=off" \
    -qmp "unix:$T/qmp2,server=on,wait=off" >"$T/qemu.log" 2>&1 &
machine=$!
there() { [ -S "$T/qmp2" ]; }
wait_for 30 there || fail "QEMU does not start: $(cat "$T/qemu.log")"
cat >"$T/events.py" <<'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile("rw")
f.readline()
f.write('{"execute":"qmp_capabilities"}\n')
f.flush()
for line in f:
    o = json.loads(line)
    print(o.get("event", "ready"), file=open(sys.argv[2], "a"), flush=True)
END
python3 "$T/events.py" "$T/qmp2" "$T/events" 2>/dev/null &
happened() { grep -qx "$1" "$T/events" 2>/dev/null; }
wait_for 10 happened ready
check "QEMU is on" says "vm: on" power status vm
check "it is cycled" says "power cycle by qemu" power cycle vm
check "and was reset" wait_for 10 happened RESET
check "it is stopped" says "power off by qemu" power off vm
check "and stands still" wait_for 10 happened STOP
check "so it is off" says "vm: off" power status vm
: >"$T/events"
check "on again" says "power on by qemu" power on vm
check "from its reset" wait_for 10 happened RESET
check "and it runs" wait_for 10 happened RESUME
kill "$machine"
wait "$machine" 2>/dev/null
check "one that is gone is told" says "power cycle failed: qemu: exit 1: qemu:" power cycle vm

# Redfish
python3 "$TOP/tests/interop/redfish.py" 8001 "$T/redfish.log" &
listens() { curl -s -o /dev/null http://127.0.0.1:8001/; }
wait_for 10 listens
check "a BMC says on" says "fish: on" power status fish
check "a machine that is on is restarted" says "power cycle by redfish" power cycle fish
sed -n 1,2p "$T/redfish.log" >"$T/got"
cat >"$T/want" <<'END'
PATCH /redfish/v1/Systems/node1 {"Boot":{"BootSourceOverrideEnabled":"Once","BootSourceOverrideTarget":"Pxe"}}
POST /redfish/v1/Systems/node1/Actions/ComputerSystem.Reset {"ResetType":"ForceRestart"}
END
check "from the network, once" cmp "$T/want" "$T/got"
check "one that is off is switched on" says "power cycle by redfish" power cycle fish2
check "that is not a restart" sh -c "tail -n 1 '$T/redfish.log' | grep -q 'node2.*ResetType\":\"On\"'"
check "off" says "power off by redfish" power off fish -y
check "so it is off" says "fish: off" power status fish
seen() { ps -eo args | grep -v grep | grep -q 's3c'; }
refuse "the password is no argument" seen
printf 'wrong\n' >"$T/password"
check "a wrong password is told" says "power on failed: redfish: exit 22: curl: (22)" power on fish

# libvirt's test driver has a state for each connection: only what one call does shows.
virsh=$(peer libvirt-clients virsh 2>/dev/null)
if [ -n "$virsh" ]; then
	cat >"$T/test.xml" <<-'END'
	<node><domain type='test'><name>vm1</name><memory>65536</memory><os><type>hvm</type></os></domain></node>
	END
	printf '#!/bin/sh\necho "$*" >>%s/virsh.log\nexec %s "$@"\n' "$T" "$virsh" >"$T/bin/virsh"
	chmod +x "$T/bin/virsh"
	sed -i "s|^set -eu|PATH=$T/bin:\$PATH\nset -eu|" "$T/hooks/libvirt"
	check "a domain is on" says "dom: on" power status dom
	check "it is switched off" says "power off by libvirt" power off dom -y
	check "by destroying it" sh -c "tail -n 1 '$T/virsh.log' | grep -q 'destroy --domain vm1'"
	check "one that is on need not be switched on" says "power on by libvirt" power on dom
else
	fail "no virsh"
fi

# IPMI
ipmitool=$(peer ipmitool ipmitool 2>/dev/null)
ipmi_sim=$(peer openipmi ipmi_sim 2>/dev/null)
if [ -n "$ipmitool" ] && [ -n "$ipmi_sim" ]; then
	printf '#!/bin/sh\necho "$*" >>%s/ipmitool.log\nexec %s "$@"\n' "$T" "$ipmitool" >"$T/bin/ipmitool"
	chmod +x "$T/bin/ipmitool"
	sed -i "s|^set -eu|PATH=$T/bin:\$PATH\nset -eu|" "$T/hooks/ipmi"
	cat >"$T/chassis" <<-END
	#!/bin/sh
	# DEVICE get|set NAME [VALUE]...: what ipmi_sim asks of a chassis
	shift
	echo "\$*" >>$T/chassis.log
	if [ "\$1" = get ]; then
		[ "\$2" = power ] && echo "power:\$(cat $T/chassis.power)"
		[ "\$2" = boot ] && echo boot:default
	else
		[ "\$2" = power ] && echo "\$3" >$T/chassis.power
	fi
	exit 0
	END
	chmod +x "$T/chassis"
	echo 0 >"$T/chassis.power"
	cat >"$T/lan.conf" <<-END
	name "sim"
	set_working_mc 0x20
	  startlan 1
	    addr 127.0.0.1 9623
	    priv_limit admin
	    allowed_auths_callback none md2 md5 straight
	    allowed_auths_user none md2 md5 straight
	    allowed_auths_operator none md2 md5 straight
	    allowed_auths_admin none md2 md5 straight
	    guid a123456789abcdefa123456789abcdef
	  endlan
	  chassis_control "$T/chassis 0x20"
	  user 2 true "ipmiusr" "test" admin 10 none md2 md5 straight
	END
	printf 'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n' >"$T/sim.emu"
	mkdir -p "$T/sim"
	timeout 120 "$ipmi_sim" -c "$T/lan.conf" -f "$T/sim.emu" -s "$T/sim" -n -p >"$T/sim.log" 2>&1 &
	answers() { ctl power status bmc >"$T/out" 2>&1; }
	if wait_for 20 answers; then
		check "a BMC's machine is off" says "bmc: off" power status bmc
		check "it is switched on" says "power cycle by ipmi" power cycle bmc
		check "and is on" says "bmc: on" power status bmc
		check "its boot is from the network" grep -q '^set boot pxe' "$T/chassis.log"
		check "and off" says "power off by ipmi" power off bmc -y
		check "so it is off" says "bmc: off" power status bmc
		refuse "the password is no argument" grep -q 'test$\|-P' "$T/ipmitool.log"
	else
		fail "ipmi_sim does not answer: $(tail -n 3 "$T/sim.log" "$T/out")"
	fi
else
	fail "no ipmitool or no ipmi_sim"
fi
stop_provd
runs() { ps -eo args | grep -v grep | grep -q "[p]rovd -f $T/provd.yaml"; }
refuse "the process that runs hooks ends with it" runs
