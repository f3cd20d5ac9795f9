# shellcheck shell=sh
# ganesha_lib.sh - nfs-ganesha beside provd, for the benches; sourced after lib.sh.
#
# Skips the test where it can't be had (PEERS: nfs-ganesha-vfs rpcbind).
#
#	ganesha_start	serves $T/tree, NFS on port 3049 and MOUNT on 3050; its pid
#			is in $T/ganesha.pid when it is up, its words in $T/ganesha.log

GANESHA=$(peer nfs-ganesha-vfs ganesha.nfsd) || skip "no nfs-ganesha"
RPCBIND=$(peer rpcbind rpcbind) || skip "no rpcbind"
PLUGINS=$(echo "$BUILD"/peers/nfs-ganesha-vfs/usr/lib/*/ganesha)

ganesha_start() {
	cat >"$T/ganesha.conf" <<-END
	NFS_CORE_PARAM {
		Protocols = 3; NFS_Port = 3049; MNT_Port = 3050;
		Enable_UDP = true; Enable_NLM = false; Enable_RQUOTA = false;
		Plugins_Dir = "$PLUGINS";
	}
	EXPORT {
		Export_Id = 1; Path = "$T/tree"; Pseudo = "/tree"; Access_Type = RO;
		Squash = No_Root_Squash; SecType = sys; Protocols = 3;
		Transports = UDP, TCP; FSAL { Name = VFS; }
	}
	LOG { Default_Log_Level = WARN; }
	END
	# The user that Debian's rpcbind becomes; /etc is the test's own.
	echo '_rpc:x:0:0::/run/rpcbind:/bin/false' >>/etc/passwd
	mkdir -p /run/rpcbind /var/run/ganesha 2>/dev/null || :
	"$RPCBIND" -f >"$T/rpcbind.log" 2>&1 &
	"$GANESHA" -F -f "$T/ganesha.conf" -L "$T/ganesha.log" -p "$T/ganesha.pid" >"$T/ganesha.out" 2>&1 &
}
