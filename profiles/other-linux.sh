# other-linux.sh - process 1 of a Linux that runs from the server's tree: a shell,
# or the tree's own init.
# shellcheck shell=sh disable=SC2154,SC2034,SC2317

# Nothing puts together by itself what lies on the disks: to start an array of
# disks is to write to them.
leave_disks() {
	mkdir -p /run/udev/rules.d
	for l_rule in 63-md-raid-arrays 64-md-raid-assembly 64-btrfs 69-lvm \
	    69-lvm-metad 69-bcache 90-zfs 69-vdev; do
		: > "/run/udev/rules.d/$l_rule.rules"
	done
}

# The tree below, memory on top; a root that everything can be written to.
new_root() {
	modprobe -q overlay || :
	mount -t tmpfs -o "size=$memory,mode=0755" memory /mnt &&
	    mkdir /mnt/upper /mnt/work /mnt/root &&
	    mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work \
	        overlay /mnt/root
}

# A tree that is for everybody's eyes may have no shadow.
passwords() {
	p_file=$root/etc/shadow
	[ -s "$p_file" ] || sed -e 's/:.*/:*:19000:0:99999:7:::/' "$root/etc/passwd" > "$p_file"
	chmod 600 "$p_file"
	p_rest=$(grep -v '^root:' "$p_file")
	printf 'root:%s:19000:0:99999:7:::\n%s\n' "$password" "$p_rest" > "$p_file"
}

# The commands of the profile, when all else has started.
last_commands() {
	put /etc/systemd/system/provd-commands.service 644 '' "[Unit]
Description=Commands of the profile
After=network.target ssh.service

[Service]
Type=oneshot
ExecStart=/bin/sh /.provd/$token/commands
StandardOutput=journal+console
"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
	ln -sf ../provd-commands.service \
	    "$root/etc/systemd/system/multi-user.target.wants/provd-commands.service"
}

# Who has a key may use it: in a rescue, nobody else starts the server.
host_key() {
	[ -x "$root/usr/sbin/sshd" ] || return 0
	[ -s "$root/etc/ssh/ssh_host_ed25519_key" ] || chroot "$root" ssh-keygen -q \
	    -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
}

outside() {
	memory_systems
	exec < /dev/console > /dev/console 2>&1
	leave_disks
	devices
	if ! new_root; then
		echo "provd: no memory on top of the tree: only what is in it can be read"
		shells setsid -c sh -i
	fi
	root=/mnt/root
	settle
	put /etc/hostname 644 '' "$hostname
"
	put /etc/hosts 644 '' "127.0.0.1 localhost
127.0.1.1 $hostname ${hostname%%.*}
"
	passwords
	tell_up
	if [ "$system" = diskless ]; then
		last_commands
		host_key
		exec switch_root /mnt/root /sbin/init
	fi
	exec switch_root /mnt/root /bin/sh "/.provd/$token/init" provd-inside
}

inside() {
	if [ -n "$keys" ]; then
		root=
		host_key
		mkdir -p /run/sshd
		[ ! -x /usr/sbin/sshd ] || /usr/sbin/sshd
	fi
	sh "/.provd/$token/commands"
	put_reboot
	PATH=/usr/local/sbin:$PATH
	shells setsid -c sh -i
}

# What a person types by habit asks an init that is not there.
put_reboot() {
	root=
	for p_name in reboot poweroff halt; do
		put "/usr/local/sbin/$p_name" 755 '' "#!/bin/sh
exec /sbin/$p_name -f -f
"
	done
}

main() {
	settings
	if [ "${1-}" = provd-inside ]; then
		inside
	else
		outside
	fi
}
