#!/bin/sh
# run.sh - every configuration here through provd -T.
#
#	run.sh PROVD [--update]
#
# NN_name.yaml with a .ok file must load and print exactly that, and what it
# prints must load again to the same; with a .err file it must be refused with
# exit code 2 and exactly those messages, and print nothing.  --update writes
# what comes out; read the difference before you believe it.
set -u
provd=${1:?usage: run.sh PROVD [--update]}
case $provd in /*) ;; *) provd=$PWD/$provd ;; esac
update=${2:-}
cd "$(dirname "$0")" || exit 1
here=$(pwd -P)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
bad=0 n=0

fail() {
	echo "$1: $2"
	bad=1
}

# Absolute paths depend on where the checkout is.
plain() {
	sed "s|$here|@HERE@|g"
}

for yaml in *.yaml; do
	name=${yaml%.yaml}
	n=$((n + 1))
	"$provd" -T -f "$yaml" > "$tmp/raw" 2> "$tmp/raw.err"
	code=$?
	plain < "$tmp/raw" > "$tmp/out"
	plain < "$tmp/raw.err" > "$tmp/err"
	if [ -n "$update" ]; then
		rm -f "$name.ok" "$name.err"
		if [ $code -eq 0 ]; then
			cp "$tmp/out" "$name.ok"
		else
			cp "$tmp/err" "$name.err"
		fi
	fi
	if [ -e "$name.ok" ]; then
		[ $code -eq 0 ] || fail "$yaml" "exit code $code, want 0"
		diff -u "$name.ok" "$tmp/out" || fail "$yaml" "printed something else"
		[ -s "$tmp/err" ] && { cat "$tmp/err"; fail "$yaml" "complained"; }
		cp "$tmp/raw" "$tmp/again.yaml"
		"$provd" -T -f "$tmp/again.yaml" > "$tmp/again" 2>&1
		cmp -s "$tmp/raw" "$tmp/again" ||
			fail "$yaml" "what is printed does not load to the same"
	elif [ -e "$name.err" ]; then
		[ $code -eq 2 ] || fail "$yaml" "exit code $code, want 2"
		diff -u "$name.err" "$tmp/err" || fail "$yaml" "other messages"
		[ -s "$tmp/out" ] && fail "$yaml" "printed a configuration"
	else
		fail "$yaml" "has neither .ok nor .err"
	fi
done

# The example must load too, given the directories that it names.
sed "s|/srv/provd|$tmp/srv|; s|/usr/local/share/provd/profiles|$here/../../profiles|" \
    ../../provd.example.yaml > "$tmp/example.yaml"
grep -o "$tmp/srv[^] ,]*" "$tmp/example.yaml" | grep -v '\.iso$' | xargs mkdir -p
for iso in $(grep -o "$tmp/srv[^] ,]*\.iso" "$tmp/example.yaml"); do
	cp disc1.iso "$iso"
done
"$provd" -T -f "$tmp/example.yaml" > "$tmp/out" 2> "$tmp/err" || {
	cat "$tmp/err"
	fail provd.example.yaml "does not load"
}
n=$((n + 1))

[ $bad -eq 0 ] && echo "ok $n configurations"
exit $bad
