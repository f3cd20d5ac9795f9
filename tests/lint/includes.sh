#!/bin/sh
# The folder rule: a folder includes itself and the folders below it, and the
# protocols never each other.  Libraries stay where they belong.
set -eu
cd "$(dirname "$0")/../.."
bad=0

allow() {	# allow FOLDER BELOW...
	dir=$1
	shift
	for f in "$dir"/*.[ch]; do
		[ -e "$f" ] || continue
		for inc in $(sed -n 's/^#include "\.\.\/\([^"]*\)\/[^"]*"$/\1/p' "$f"); do
			case " $* " in
			*" $inc "*) ;;
			*) echo "$f: may not include from $inc/"; bad=1 ;;
			esac
		done
	done
}
allow lib
allow tree lib
allow fleet tree lib
allow pxe-menus fleet tree lib
allow profiles pxe-menus fleet tree lib
allow media profiles fleet tree lib
allow import fleet tree lib
allow handover fleet tree lib
for p in dhcpd tftpd nfs httpd; do
	allow "$p" fleet tree lib
done
allow provd web dhcpd tftpd nfs httpd media import handover profiles pxe-menus fleet tree lib

only() {	# only HEADER PATTERN-OF-FILES: who may include a library's header
	for f in $(grep -lE "#include <$1" ./*/*.[ch] || true); do
		echo "${f#./}" | grep -qE "$2" || {
			echo "$f: may not include <$1...>"; bad=1
		}
	done
}
only 'yaml\.h' '^lib/yaml\.c$'
only 'sqlite3\.h' '^fleet/store'
only 'rpc/' '^nfs/'
only 'jansson\.h' '^(provd|profiles)/|^media/catalogue\.c$|^handover/kea_talk\.[ch]$'
only 'archive' '^media/source\.c$'
only 'event2/' '^(lib/(mbox|notify)\.c|provd/|handover/handover\.c|dhcpd/dhcp_(io|iface|listen|check)\.c|tftpd/(tftp_io|tftpd)\.|nfs/|httpd/(http_wire|http_tls|http_listen|httpd)\.)'
only 'openssl/' '^(httpd/http_tls|provd/(api_net|webhook_send))\.c$'

# Codecs and decisions are pure: no socket, no clock, no log.
for o in "${B:-build}"/obj/dhcpd/dhcp_msg.o "${B:-build}"/obj/dhcpd/dhcp_policy.o \
    "${B:-build}"/obj/dhcpd/dhcp_proxy.o "${B:-build}"/obj/dhcpd/dhcp_pxe.o \
    "${B:-build}"/obj/dhcpd/dhcp_conflict.o "${B:-build}"/obj/dhcpd/dhcp_foreign.o \
    "${B:-build}"/obj/dhcpd/dhcp_probe.o "${B:-build}"/obj/dhcpd/dhcp_limit.o \
    "${B:-build}"/obj/dhcpd/dhcp_frame.o "${B:-build}"/obj/dhcpd/dhcp_context.o \
    "${B:-build}"/obj/dhcpd/dhcp_leasequery.o "${B:-build}"/obj/dhcpd/dhcp_relay.o \
    "${B:-build}"/obj/handover/omapi_msg.o "${B:-build}"/obj/handover/omapi_talk.o \
    "${B:-build}"/obj/handover/kea_talk.o "${B:-build}"/obj/lib/pcapng.o \
    "${B:-build}"/obj/tftpd/tftp_msg.o "${B:-build}"/obj/tftpd/tftp_xfer.o \
    "${B:-build}"/obj/dhcpd/dhcp_quirk.o "${B:-build}"/obj/dhcpd/dhcp_reply_boot.o \
    "${B:-build}"/obj/httpd/http_msg.o "${B:-build}"/obj/httpd/http_answer.o \
    "${B:-build}"/obj/httpd/http_date.o "${B:-build}"/obj/fleet/beside.o \
    "${B:-build}"/obj/fleet/chain.o "${B:-build}"/obj/fleet/firmware.o \
    "${B:-build}"/obj/fleet/boot.o "${B:-build}"/obj/fleet/lifecycle.o \
    "${B:-build}"/obj/fleet/timeline.o "${B:-build}"/obj/fleet/seen.o \
    "${B:-build}"/obj/fleet/why.o "${B:-build}"/obj/fleet/why_boot.o \
    "${B:-build}"/obj/fleet/course.o "${B:-build}"/obj/fleet/stranger.o; do
	[ -e "$o" ] || { echo "$o: not built"; bad=1; continue; }
	if nm "$o" | grep -E ' U (send|recv|socket|time|clock_|event_|log_|open|read|write)'; then
		echo "$o: is not pure"
		bad=1
	fi
done
exit $bad
