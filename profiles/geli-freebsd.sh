# geli-freebsd.sh - encrypted partitions.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# 120 bits, in letters and digits that can't be mistaken for each other.
make_passphrase() {
	passphrase=$(tr -dc 'a-hjkmnp-z2-9' < /dev/urandom 2> /dev/null | dd bs=1 count=24 2> /dev/null |
	    sed -e 's/....../&-/g' -e 's/-$//')
	[ ${#passphrase} -eq 27 ] || fail "no random passphrase from /dev/urandom"
}

# encrypt DEVICE FLAGS PASSPHRASE; without one, one is made for all.
encrypt() {
	load_module geom_eli
	(umask 077 && : > "$work/passphrase") || fail "cannot write $work/passphrase"
	if [ -n "$3" ]; then
		printf '%s\n' "$3" > "$work/passphrase"
	else
		[ -n "${passphrase:-}" ] || make_passphrase
		printf '%s\n' "$passphrase" > "$work/passphrase"
	fi
	run geli init "$2" -B none -e AES-XTS -l 256 -s 4096 -J "$work/passphrase" "$1"
	run geli attach -j "$work/passphrase" "$1"
	rm -f "$work/passphrase"
}

# Not by say(): that line would be in the log on the server.
show_passphrase() {
	printf '\n\n\nThe passphrase of the encrypted disks of this machine is\n\n    %s\n\n%s\n' \
	    "$passphrase" "Write it down: nobody else knows it. Then press the return key." \
	    > /dev/console || fail "cannot write to the console"
	read -r p_answer < /dev/console || fail "nobody can press a key on the console"
	[ ! -t 1 ] || printf '\033[H\033[2J'
}
