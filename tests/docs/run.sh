#!/bin/sh
# A page of docs/, run as it is written: run.sh PAGE.md
#
# Three machines on a switch: the server, root's shell, eth1 with 192.168.10.1/24,
# nothing configured; one to be installed; a router, 192.168.10.254.  run.py says how blocks are
# marked.  What a page leaves to the reader's machine stands in here:
#	systemctl	starts, reloads and stops provd
#	firmware MAC ARCH	asks as a network boot of that machine does (93: ARCH, as
#			00:07), and says what it was told
# shellcheck disable=SC2034,SC2154
PEERS="udhcpc dnsmasq-base libnfs-utils isc-dhcp-relay"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../interop/lib.sh"
page=${1:?usage: run.sh PAGE.md}
: "${PROVD:=$BUILD/provd}"
UDHCPC=$(peer udhcpc udhcpc) || skip "no udhcpc"
command -v xorriso >/dev/null || skip "no xorriso"
# A switch with three machines on it.
ns_add wire
ns_add client
ns_add router
in_ns wire ip link add br0 type bridge
in_ns wire ip link set br0 up
ns_link wire eth1 p0
in_ns wire ip link set p0 master br0
for end in client router; do
	_pid='' && eval "_pid=\$_ns_$end"
	in_ns wire ip link add "p-$end" type veth peer name eth0 netns "$_pid"
	in_ns wire ip link set "p-$end" up master br0
	in_ns "$end" ip link set eth0 up
done
ip addr add 192.168.10.1/24 dev eth1
in_ns router ip addr add 192.168.10.254/24 dev eth0
# As after `make install`: programs, profiles, user, and directories of its own.
mkdir "$T/bin" "$T/page"
ln -s "$(realpath "$PROVD")" "$T/bin/provd"
ln -s "$(realpath "${PROVD%/*}/provctl")" "$T/bin/provctl"
mount -t tmpfs tmpfs /usr/local/share
mkdir -p /usr/local/share/provd
cp -r "$TOP/profiles" /usr/local/share/provd/profiles
[ ! -d "$TOP/dist/hooks" ] || cp -r "$TOP/dist/hooks" /usr/local/share/provd/hooks
mount -t tmpfs tmpfs /srv
mount -t tmpfs tmpfs /var/lib/provd 2>/dev/null || {
	mkdir /run/lib && cp -a /var/lib/dpkg /run/lib/ 2>/dev/null
	mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/provd
}
rm -f /etc/provd.yaml
getent passwd provd >/dev/null || useradd --system provd || die "no user provd"
chown provd /var/lib/provd

cat >"$T/bin/systemctl" <<END
#!/bin/sh
stop() { [ ! -s "$T/pid" ] || { kill "\$(cat "$T/pid")" 2>/dev/null; while kill -0 "\$(cat "$T/pid")" 2>/dev/null; do sleep 0.1; done; }; : >"$T/pid"; }
case \$* in
"enable --now provd" | "start provd" | "restart provd")
	stop
	provd >>"$T/provd.log" 2>&1 &
	echo \$! >"$T/pid"
	i=0
	until provctl status >/dev/null 2>&1; do
		i=\$((i + 1))
		[ \$i -lt 200 ] || { tail "$T/provd.log"; exit 1; }
		sleep 0.1
	done ;;
"reload provd") provctl reload ;;
"stop provd") stop ;;
*) echo "systemctl \$*: not known here" >&2; exit 1 ;;
esac
END
cat >"$T/bin/told" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr flush dev eth0
ip addr add "$ip/$mask" dev eth0
echo "address=$ip file=$boot_file server=${siaddr:-$serverid} root=$rootpath"
END
cat >"$T/bin/firmware" <<END
#!/bin/sh
exec nsenter -t $_ns_client -n -m sh -c '
ip link set eth0 down; ip link set eth0 address "\$1"; ip link set eth0 up
"$UDHCPC" -f -n -q -t 5 -T 2 -i eth0 -s "$T/bin/told" -C -O rootpath -O bootfile \
    -V "PXEClient:Arch:000\${2#*:}:UNDI:003016" -x "0x5d:\$(echo "\$2" | tr -d :)" 2>/dev/null' sh "\$@"
END
chmod +x "$T"/bin/told "$T"/bin/firmware "$T"/bin/systemctl
export PATH="$T/bin:$PATH:/usr/sbin:/sbin" TOP BUILD T NS_CLIENT="$_ns_client" NS_ROUTER="$_ns_router" LC_ALL=C.UTF-8
python3 "$TOP/tests/docs/run.py" "$TOP/${page#"$TOP"/}" "$T/page"
r=$?
systemctl stop provd
# shellcheck disable=SC2320
check "$page is as it is written" test "$r" -eq 0
