#!/bin/sh
# fleet.sh - labels and selectors, groups, hosts that are not in the file: added,
# changed, adopted with the address they have, through restarts and reloads; and
# what happens when the file names them too.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/dhcp_lib.sh"
: "${PROVD:=$BUILD/provd}"
busybox=$(command -v busybox) || skip "no busybox"
command -v curl >/dev/null || skip "no curl"
PROVCTL=${PROVD%/*}/provctl
ns_setup

mkdir -p "$T/tree/distributions" "$T/tree/boot"
: >"$T/tree/boot/vmlinuz"
: >"$T/tree/boot/initrd.img"
: >"$T/tree/distributions/base.txz"
: >"$T/tree/distributions/kernel.txz"
printf 'base.txz\t%064d\t1\tbase\t"base"\ton\nkernel.txz\t%064d\t1\tkernel\t"kernel"\ton\n' 0 0 >"$T/tree/distributions/MANIFEST"
conf() {
	cat <<-END
	interface: srv
	state: $T/state
	socket: $T/provd.sock
	user: root
	tftp: { enabled: no }
	nfs: { enabled: no }
	trees: { debian: { path: $T/tree } }
	profiles: [ $TOP/profiles/debian.yaml ]
	vars: { site: berlin, timezone: UTC }
	dhcp:
	  mode: authoritative
	  probe-time: 0
	  subnets: [ { subnet: 192.168.10.0/24, range: 192.168.10.100-192.168.10.109 } ]
	groups:
	  front: { select: role=web, profile: debian, vars: { timezone: Europe/Berlin } }
	  loud: { members: [db1], options: { log-servers: 192.168.10.77 } }
	hosts:
	  web1: { mac: "52:54:00:00:00:01", labels: { rack: 7, role: web } }
	  web2: { mac: "52:54:00:00:00:02", labels: { rack: 8, role: web }, vars: { timezone: Asia/Tokyo } }
	  db1: { mac: "52:54:00:00:00:03", labels: { rack: 7, role: db }, profile: debian }
	END
}
conf >"$T/provd.yaml"
start_provd "$T/provd.yaml"
ctl() { "$PROVCTL" -s "$T/provd.sock" "$@" </dev/null; }
call() { _m=$1 _p=$2; shift 2; curl -s -S --unix-socket "$T/provd.sock" -X "$_m" "http://x$_p" "$@"; }
# names SELECTOR...: who is meant, in one line
names() { ctl hosts "$@" 2>"$T/err" | awk 'NR > 1 { printf "%s%s", s, $1; s = " " }'; }
means() { _want=$1; shift; _got=$(names "$@"); [ "$_got" = "$_want" ] || { echo "# $*: $_got"; false; }; }
says() { _want=$1; shift; ctl "$@" >"$T/out" 2>&1; grep -qF -- "$_want" "$T/out" || { sed 's/^/# /' "$T/out"; false; }; }

check "two labels" means "web1" rack=7,role=web
check "any of two" means "db1 web1" web1 role=db
check "not, and a set" means "web2" 'role!=db,rack in (8,9)'
check "a pattern" means "web1 web2" 'web*'
check "by profile, a group's too" means "db1 web1 web2" profile=debian
check "by group" means "db1" group=loud
check "who names a stranger hears it" says "there is no host named nobody" hosts web1 nobody
check "and who means nobody" says "no host is meant by rack=99" hosts rack=99
check "and who writes nonsense" says 'selector: a word must stand here' hosts rack=
check "the server resolves" sh -c "curl -s --unix-socket '$T/provd.sock' 'http://x/v1/hosts?select=rack%3D8' |
    grep -q '\"labels\":{\"rack\":\"8\",\"role\":\"web\"}.*\"origin\":\"file\"'"
check "a rack is armed" says "web1: armed" arm role=web,rack=7
check "and no other" means "web1" state=armed
check "and disarmed" says "web1: ready" disarm state=armed

origin() { ctl show "$1" --origin | grep -q "$2"; }
check "a variable of the group" origin web1 "^timezone  *Europe/Berlin  *# group front ($T/provd.yaml:15)"
check "of the host" origin web2 "^timezone  *Asia/Tokyo  *# host web2 ($T/provd.yaml:19)"
check "of all" origin db1 "^site  *berlin  *# all hosts ($T/provd.yaml:9)"
check "a profile of the group" origin web1 "^profile  *debian  *# group front"
check "they are rendered" sh -c "'$PROVCTL' -s '$T/provd.sock' render web1 .provd/install | grep -q Europe/Berlin"
check "and the nearest counts" sh -c "'$PROVCTL' -s '$T/provd.sock' render web2 .provd/install | grep -q Asia/Tokyo"

# Hosts that are not in the file
check "a host is added" says "web3: added" add web3 mac=52:54:00:00:00:04 labels.role=web labels.rack=9
check "and is one of them" means "web1 web2 web3" group=front
check "its origin is told" means "web3" origin=api
check "the same MAC is refused with the file's words" says \
    "hosts.web4.mac: 52:54:00:00:00:01 is also hosts.web1's" add web4 mac=52:54:00:00:00:01
check "as is what is no option" says 'unknown key "adress"; did you mean "address"?' \
    add web4 mac=52:54:00:00:00:05 adress=192.168.10.5
check "and an address elsewhere" says "hosts.web4.address: 10.0.0.1 is in none of dhcp.subnets" \
    add web4 mac=52:54:00:00:00:05 address=10.0.0.1
check "a profile that is not there" says "hosts.web4.profile: no profile named nothere is loaded" \
    add web4 mac=52:54:00:00:00:05 profile=nothere
check "a program of one's own" says "a path can be named in the file only" \
    add web4 mac=52:54:00:00:00:05 power.method=/bin/sh
check "nothing of that stayed" means "db1 web1 web2 web3" '*'
check "the file's hosts are the file's" says "web1 stands in $T/provd.yaml:18; change it there" set web1 profile=debian
check "nor can they be added" says "web1 stands in" add web1 mac=52:54:00:00:00:99
check "it is changed" says "web3: changed" set web3 labels.rack=10 address=192.168.10.33
check "and that counts" means "web3" rack=10
check "twice is refused" says "there is a host named web3 already" add web3 mac=52:54:00:00:00:06
many='{"hosts":{"m1":{"mac":"52:54:00:00:01:01"},"m2":{"mac":"52:54:00:00:01:02"}}}'
check "several at once" sh -c "curl -s -f --unix-socket '$T/provd.sock' -d '$many' http://x/v1/hosts"
check "and all of them or none" sh -c "curl -s --unix-socket '$T/provd.sock' -d \
    '{\"hosts\":{\"m3\":{\"mac\":\"52:54:00:00:01:03\"},\"m4\":{\"mac\":\"52:54:00:00:01:01\"}}}' http://x/v1/hosts | grep -q 'hosts.m1'"
check "so m3 is not there" says "there is no host named m3" hosts m3
check "no JSON is said so" sh -c "curl -s --unix-socket '$T/provd.sock' -d '{' http://x/v1/hosts | grep -q 'is no JSON'"

# A machine that DHCP saw
cat >"$T/script" <<'END'
#!/bin/sh
[ "$1" = bound ] && ip addr replace "$ip/24" dev cli && echo "$ip" >"$LEASE"
exit 0
END
chmod +x "$T/script"
set_mac 52:54:00:00:00:aa
lease() {
	flush
	rm -f "$T/lease"
	LEASE=$T/lease in_client "$busybox" udhcpc -q -n -f -t 5 -T 1 -i cli -s "$T/script" >/dev/null 2>&1
	cat "$T/lease"
}
first=$(lease)
check "a stranger has an address" test -n "$first"
check "it is adopted and keeps it" says "web9: adopted, address $first" \
    adopt 52:54:00:00:00:aa --name web9 --profile debian --label role=web,rack=7
check "twice is refused" says "52:54:00:00:00:aa is web9 already" adopt 52:54:00:00:00:aa --name web10
check "its history tells" sh -c "'$PROVCTL' -s '$T/provd.sock' show web9 | grep -q 'adopted; it keeps its address $first'"
check "it is asked by its address" test "$(lease)" = "$first"
check "its origin" means "web9" origin=adopted
check "all survive" means "db1 m1 m2 web1 web2 web3 web9" '*'
kill_provd
start_provd "$T/provd.yaml"
check "kill -9" means "db1 m1 m2 web1 web2 web3 web9" '*'
check "with what they are" means "web3 web9" 'group=front,origin!=file' 'origin!=file,rack=*'
check "the address stays its own" test "$(lease)" = "$first"
ctl hosts --yaml >"$T/kept.yaml"
check "they are shown as YAML" grep -q '^  web9:$' "$T/kept.yaml"

# The file names one, and another's MAC
cp "$T/provd.yaml" "$T/was.yaml"
{
	cat "$T/was.yaml"
	echo '  web3: { mac: "52:54:00:00:00:44" }'
	echo '  other: { mac: "52:54:00:00:01:01" }'
} >"$T/provd.yaml"
check "provd -T says so" sh -c "'$PROVD' -T -f '$T/provd.yaml' 2>&1 >/dev/null | grep -q 'web3: stands in the file too'"
check "the file wins" says "web3 is left out: stands in the file too" reload
check "it is the file's now" means "web3" origin=file,web3
check "a MAC's too" sh -c "grep -q 'ev=host.kept host=m1 err=\"hosts.m1.mac: 52:54:00:00:01:01 is also hosts.other.s' '$T/provd.log'"
check "it cannot be changed here" says "web3 stands in" set web3 rack=1
check "what is kept is deleted" says "web3: deleted" delete web3
cp "$T/was.yaml" "$T/provd.yaml"
check "a reload without them" ctl reload
check "brings back what was kept" means "db1 m1 m2 web1 web2 web9" '*,name!=other,name!=web3'
# What was exported stands in the file now
sed -n '2,$p' "$T/kept.yaml" | grep -v "^  web3" >"$T/part.yaml"
awk '/^  [a-z0-9]*:/ { on = $1 == "web9:" || $1 == "m2:" } on' "$T/kept.yaml" >>"$T/provd.yaml"
check "exported hosts load" ctl reload
check "and are the file's" means "m2 web9" origin=file,web9 origin=file,m2
ctl delete web9 m1 m2 >/dev/null
check "deleting what was kept leaves them" means "m2 web9" web9 m2
check "with their address" test "$(lease)" = "$first"
