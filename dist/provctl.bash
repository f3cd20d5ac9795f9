# Completion of provctl(8) for bash.
_provctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} word cmd='' i
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
		;;
	show | plan | arm | disarm | inspect | boot | render | explain | log | set | delete)
		COMPREPLY=($(compgen -W "$("${run[@]}" hosts 2>/dev/null |
		    awk 'NR > 1 { print $1 }')" -- "$cur"))
		;;
	token)
		COMPREPLY=($(compgen -W "add list remove" -- "$cur"))
		;;
	media)
		COMPREPLY=($(compgen -W "add list check remove" -- "$cur"))
		;;
	wave)
		COMPREPLY=($(compgen -W "start list status report stop resume" -- "$cur"))
		;;
	power)
		COMPREPLY=($(compgen -W "on off cycle status $("${run[@]}" hosts 2>/dev/null |
		    awk 'NR > 1 { print $1 }')" -- "$cur"))
		;;
	*)
		COMPREPLY=($(compgen -f -- "$cur"))
		;;
	esac
}
complete -F _provctl provctl
