# common.sh - what every script that acts on a client has: telling the server.
#
# For the plain shells of Linux and of FreeBSD 6 and later: no local, no
# command -v.  settings() comes from the compiler: token and work at least.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# A line for the console, and for the installation's log where there is one.
# Nothing depends on the log: it may lie on a server that does not answer.
say() {
	printf '%s\n' "$*"
	[ -z "$log" ] || printf '%s\n' "$*" >> "$log" 2> /dev/null || :
}

# $1 as part of a file name: percent-encoded ASCII of at most $2 bytes.
encode() {
	printf '%s\n' "$1" | tr '\n\t' '  ' | tr -cd '\040-\176' |
	    sed -e 's/ *$//' -e 's/%/%25/g' -e 's/ /%20/g' -e 's/!/%21/g' \
	        -e 's/"/%22/g' -e 's/#/%23/g' -e 's/\$/%24/g' -e 's/&/%26/g' \
	        -e "s/'/%27/g" -e 's/(/%28/g' -e 's/)/%29/g' -e 's/\*/%2a/g' \
	        -e 's,/,%2f,g' -e 's/</%3c/g' -e 's/>/%3e/g' -e 's/?/%3f/g' \
	        -e 's/\[/%5b/g' -e 's/\\/%5c/g' -e 's/\]/%5d/g' \
	        -e 's/\^/%5e/g' -e 's/`/%60/g' -e 's/{/%7b/g' -e 's/|/%7c/g' \
	        -e 's/}/%7d/g' -e 's/~/%7e/g' |
	    cut -c "1-$2" | sed -e 's/%.\{0,1\}$//'
}

# report NUMBER STEP STATE [TEXT]: the name exists once the server has
# committed it.  Names that were not there are remembered by the client, so
# each attempt asks for another one.
report() {
	r_name=$1-$2-$3
	r_text=
	[ -z "${4:-}" ] || r_text=$(encode "$4" $((240 - ${#r_name})))
	r_try=1
	r_wait=1
	r_ask=$r_name${r_text:+-$r_text}
	until [ -e "$provd/report/$r_ask" ]; do
		[ "$r_try" -lt 12 ] || return 1
		sleep "$r_wait"
		r_try=$((r_try + 1))
		[ "$r_wait" -ge 30 ] || r_wait=$((r_wait * 2))
		r_ask=$r_name-${r_text:+$r_text%20}try$r_try
	done
}

stop() {
	say "provd: $*"
	exit 1
}

prepare() {
	umask 022
	provd=/.provd/$token
	mkdir -p "$work" || exit 1
	log=
	[ ! -e "$work/log/log" ] || log=$work/log/log
	step_no=0
	step_name=start
	: > "$work/out"
}
