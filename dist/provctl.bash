# Completion of provctl(8) for bash.
_provctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} word words cmd='' i
	local -a run=(provctl)

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-s | -c)
			[ "$word" = -s ] && run+=(-s "${COMP_WORDS[i + 1]}")
			((i++))
			;;
		-*) ;;
		*)
			cmd=$word
			break
			;;
		esac
	done
	case $cmd in
	'')
		COMPREPLY=($(compgen -W "$(provctl -h |
		    awk '/^  [a-z]/ { print $1 }')" -- "$cur"))
		return
		;;
	import | replay)
		COMPREPLY=($(compgen -f -- "$cur"))
		return
		;;
	esac
	# "  wave list | status [ID]  text": words of its own; "  arm HOST...": hosts.
	words=$(provctl -h | sed -n "s/^  $cmd //p" | sed 's/   *.*//' | tr '|' '\n' |
	    awk '$1 ~ /^[a-z]+$/ { print $1 }')
	if [ -n "$words" ] && ((i + 1 == COMP_CWORD)); then
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
	elif provctl -h | grep -Eq "^  $cmd .*(HOST|SELECTOR)"; then
		COMPREPLY=($(compgen -W "$("${run[@]}" hosts 2>/dev/null |
		    awk 'NR > 1 { print $1 }')" -- "$cur"))
	else
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}
complete -F _provctl provctl
