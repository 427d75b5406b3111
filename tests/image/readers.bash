# What the tests of readers share, here and in lab/readers.
# shellcheck shell=bash

# A database of viruses for clamscan that knows one file, which nobody has: its folder is where the tests of readers run.
clamav_database() {
	echo 'the one file that is named' >"$BATS_FILE_TMPDIR/named"
	echo "$(md5sum <"$BATS_FILE_TMPDIR/named" | cut -d ' ' -f 1):$(wc -c <"$BATS_FILE_TMPDIR/named"):Named" >"$BATS_FILE_TMPDIR/one.hdb"
	(cd "$BATS_FILE_TMPDIR" && ! clamscan --no-summary --database one.hdb named)
}

# Hands each file to each command of standard input, with the name of the file at its end, and requires status 0 and no
# word of complaint. Behind "|" stands, as a regular expression, what one is known to say: each_reads FILE...
each_reads() {
	local command known file said status bad=0 words
	local complaint='warn|error|corrupt|broken|invalid|malformed|damaged|truncat|unsupported|unknown|fail|cannot|^status'
	cd "$BATS_FILE_TMPDIR" || return
	while IFS='|' read -r command known; do
		known=${known# }
		eval "words=($command)"
		echo "# $({ "${words[0]}" --version || "${words[0]}" -v; } 2>&1 | grep -m 1 '[0-9]\.[0-9]'): $command" >&3
		[[ $command == *: ]] && words=("${words[@]:0:${#words[@]}-1}" "${words[-1]}") || words+=('')
		for file; do
			status=0
			said=$("${words[@]:0:${#words[@]}-1}" "${words[-1]}$file" 2>&1 </dev/null) || status=$?
			[ $status -eq 0 ] || said+=$'\n'"status $status"
			said=$(grep -iE "$complaint" <<<"$said" | grep -vE "${known:-^$}") || continue
			echo "$command $file: $said"
			bad=1
		done
	done
	return $bad
}
