# Completion of provctl(8) for fish: commands from provctl -h, hosts from provd.
function __provctl_commands
	provctl -h | sed -n 's/^  \([a-z]*\).*  \([^ ].*\)$/\1\t\2/p' | sort -u -t\t -k1,1
end
function __provctl_command
	set -l words (commandline -opc)
	set -e words[1]
	while set -q words[1]
		switch $words[1]
			case -s -c --socket --config
				set -e words[1]
			case '-*'
			case '*'
				echo $words[1]
				return
		end
		set -e words[1]
	end
	return 1
end
function __provctl_takes_hosts
	set -l cmd (__provctl_command); or return 1
	provctl -h | grep -Eq "^  $cmd .*(HOST|SELECTOR)"
end
function __provctl_words
	set -l cmd (__provctl_command); or return 1
	provctl -h | sed -n "s/^  $cmd //p" | sed 's/   *.*//' | tr '|' '\n' |
		awk '$1 ~ /^[a-z]+$/ { print $1 }'
end
complete -c provctl -f
complete -c provctl -n 'not __provctl_command >/dev/null' -a '(__provctl_commands)'
complete -c provctl -n __provctl_takes_hosts -a "(provctl hosts 2>/dev/null | awk 'NR > 1 { print \$1 }')"
complete -c provctl -n '__provctl_command >/dev/null' -a '(__provctl_words)'
complete -c provctl -n 'contains (__provctl_command) media 2>/dev/null' -F
complete -c provctl -n 'contains (__provctl_command) import replay 2>/dev/null' -F
