# system-freebsd.sh - the settings of an installed FreeBSD: what needs more than
# a file that is written.  The new system is below /mnt.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# interface_with MAC: i_name is the interface that has this address, or empty.
interface_with() {
	i_name=
	for i_if in $(ifconfig -l); do
		[ -n "$1" ] || break
		if ifconfig "$i_if" | grep -qi "ether $1"; then
			i_name=$i_if
			break
		fi
	done
}

# Before anything is written: an interface that the profile names by its address.
has_interface() {
	interface_with "$1"
	[ -n "$i_name" ] || fail "no interface has the address $1"
}

# interface MAC: the same, or else the one that carries the root.
interface() {
	interface_with "$1"
	[ -n "$i_name" ] || i_name=$(kenv boot.netif.name 2> /dev/null) ||
	    fail "no interface has the address $1"
}

# rc_interface MAC LINE: a line of rc.conf, its first % being the interface.  What
# the profile itself says of this name is there already, and stays.
rc_interface() {
	interface "$1"
	i_line=${2%%\%*}$i_name${2#*\%}
	if grep -q "^${i_line%%=*}=" /mnt/etc/rc.conf; then
		say "rc.conf has ${i_line%%=*} already"
	else
		add_line /mnt/etc/rc.conf "$i_line"
	fi
}

# set_password USER HASH
set_password() {
	say "+ chpass -p ... $1"
	chroot /mnt chpass -p "$2" "$1" > "$work/out" 2>&1 ||
	    { run_status=1; fail_command "chpass $1"; }
}

# homes DIRECTORY [LINK]: where homes are made; a link is made so that it leads
# to the same place from inside the new system and from here.
homes() {
	[ ! -e "/mnt$1" ] || return 0
	[ ! -h "/mnt$1" ] || return 0
	if [ -n "${2:-}" ]; then
		run mkdir -p "/mnt/$2"
		run ln -s "$2" "/mnt$1"
	else
		run mkdir -p "/mnt$1"
	fi
}

# sshd_option NAME VALUE: instead of what sshd_config says of it, or says that
# it would be.
sshd_option() {
	say "+ $1 $2 in /etc/ssh/sshd_config"
	{ awk -v "name=$1" -v "value=$2" '
		# what follows Match is for some only
		$1 == "Match" {
			if (!done++) print name, value
			match_ = 1
		}
		{ word = $1; sub(/^#/, "", word) }
		!match_ && tolower(word) == tolower(name) && NF == 2 {
			if (!done++) print name, value
			next
		}
		{ print }
		END { if (!done) print name, value }
	    ' /mnt/etc/ssh/sshd_config > "$work/sshd_config" &&
	    cat "$work/sshd_config" > /mnt/etc/ssh/sshd_config; } 2> "$work/out" ||
	    { run_status=1; fail_command "edit /etc/ssh/sshd_config"; }
}

# serial_login SPEED: the first serial port gets a login prompt.  "onifconsole"
# stays: it is one now.
serial_login() {
	say "+ the first serial port on in /etc/ttys"
	{ sed -e '/^tty[du]0[[:space:]]/s/[[:space:]]off[[:space:]]/ on /' \
	      -e "/^tty[du]0[[:space:]]/s/std\.[0-9]*/std.${1:-9600}/" \
	    /mnt/etc/ttys > "$work/ttys" &&
	    cat "$work/ttys" > /mnt/etc/ttys; } 2> "$work/out" ||
	    { run_status=1; fail_command "edit /etc/ttys"; }
}

# random_seed FILE...: without one, keys may be made before there is any chance in
# them.
random_seed() {
	for e_file in "$@"; do
		put "$e_file" 600 ''
		run dd if=/dev/random of="$e_file" bs=4096 count=1
	done
}

# loader.efi calls the screen efi.
efi_console() {
	[ "$(sysctl -n machdep.bootmethod 2> /dev/null)" = UEFI ] || return 0
	say "+ console efi in /boot/loader.conf"
	{ sed -e '/^console=/s/vidconsole/efi/' /mnt/boot/loader.conf > "$work/loader" &&
	    cat "$work/loader" > /mnt/boot/loader.conf; } 2> "$work/out" ||
	    { run_status=1; fail_command "edit /boot/loader.conf"; }
}

# Packages --------------------------------------------------------------------

is_repository() {
	for p_file in "$1"/meta "$1"/meta.* "$1"/packagesite.*; do
		[ ! -e "$p_file" ] || return 0
	done
	return 1
}

# one FILE...: p_file is the only one that is there.
one() {
	p_file=
	for p_try in "$@"; do
		[ -f "$p_try" ] || continue
		[ -z "$p_file" ] || fail "both $p_file and $p_try are there: say which version"
		p_file=$p_try
	done
	[ -n "$p_file" ]
}

pkg_itself() {
	one "$1"/Latest/pkg.pkg || one "$1"/Latest/pkg.txz ||
	    one "$1"/All/pkg-[0-9]*.pkg || one "$1"/All/pkg-[0-9]*.txz ||
	    one "$1"/pkg-[0-9]*.pkg || one "$1"/pkg-[0-9]*.txz ||
	    fail "the repository $1 has no package of pkg itself"
}

old_package() {
	one "$1/All/$2".t[bgx]z || one "$1/$2".t[bgx]z ||
	    one "$1/All/$2"-[0-9]*.t[bgx]z || one "$1/$2"-[0-9]*.t[bgx]z ||
	    fail "there is no package $2 in $1"
}

# packages_look DIRECTORY NAME...: before anything is written
packages_look() {
	p_dir=$1
	shift
	[ -d "$p_dir" ] || fail "the tree has no directory $p_dir with packages"
	if is_repository "$p_dir"; then
		pkg_itself "$p_dir"
		return 0
	fi
	for p_name in "$@"; do
		old_package "$p_dir" "$p_name"
	done
}

# packages ROOT DIRECTORY NAME...: inside that root the directory is /mnt.
packages() {
	p_root=$1
	p_dir=$2
	shift 2
	run mount -t nullfs -o ro "$p_dir" "$p_root/mnt"
	if is_repository "$p_dir"; then
		pkg_add_all "$@"
	else
		for p_name in "$@"; do
			old_package "$p_dir" "$p_name"
			p_file=/mnt${p_file#"$p_dir"}
			run chroot "$p_root" env "PKG_PATH=${p_file%/*}" pkg_add "$p_file"
		done
	fi
	run umount "$p_root/mnt"
}

# The repository's own pkg comes first; nothing is fetched from anywhere else.
pkg_add_all() {
	pkg_itself "$p_dir"
	p_tmp=/var/tmp/provd-pkg
	put "$p_root$p_tmp/repos/provd.conf" 644 'provd: {
	url: "file:///mnt",
	mirror_type: "none",
	signature_type: "none",
	enabled: yes
}
'
	say "+ tar -xOf $p_file pkg-static"
	{ tar -xOf "$p_file" '*/sbin/pkg-static' > "$p_root$p_tmp/pkg-static" &&
	    chmod 755 "$p_root$p_tmp/pkg-static"; } 2> "$work/out" ||
	    { run_status=1; fail_command "tar -xOf $p_file pkg-static"; }
	run chroot "$p_root" env ASSUME_ALWAYS_YES=yes "$p_tmp/pkg-static" add "/mnt${p_file#"$p_dir"}"
	run chroot "$p_root" env ASSUME_ALWAYS_YES=yes "REPOS_DIR=$p_tmp/repos" \
	    "$p_tmp/pkg-static" install -y "$@"
	run rm -rf "$p_root$p_tmp"
}

# Keys of the system that was on the disk --------------------------------------

# save_ssh_keys NAME: from whatever UFS root is on the disk.
save_ssh_keys() {
	run mkdir -p "$work/old" "$work/ssh"
	run chmod 700 "$work/ssh"
	for k_dev in "/dev/$1"s[1-4]a "/dev/$1"p[0-9]* "/dev/$1"a; do
		is_device "$k_dev" || continue
		mount -t ufs -o ro "$k_dev" "$work/old" 2> /dev/null || continue
		for k_file in "$work/old/etc/ssh"/ssh_host_*key \
		    "$work/old/etc/ssh"/ssh_host_*key.pub; do
			[ -f "$k_file" ] || continue
			[ ! -h "$k_file" ] || continue
			if cp -p "$k_file" "$work/ssh/"; then
				say "kept ${k_file##*/} of $k_dev"
			fi
		done
		run umount "$work/old"
	done
}

# Those that are missing are made by the new system when it starts.
ssh_host_keys() {
	for k_file in "$work/ssh"/ssh_host_*; do
		[ -f "$k_file" ] || continue
		run mkdir -p /mnt/etc/ssh
		run cp -p "$k_file" /mnt/etc/ssh/
	done
}
