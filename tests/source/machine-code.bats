#!/usr/bin/env bats
# What the ten files consist of, instruction by instruction: machine_code.py has the rules.

load ../helpers

setup() {
	cd "$ROOT"
	linked=$BATS_TEST_TMPDIR/linked
}

# The rules find a fault that is built into a function beside the others: finds PLATFORM COMPLAINT STATEMENT
finds() {
	local source=$BATS_TEST_TMPDIR/fault.c command
	{
		cat src/pause.c
		echo "void fault(void); void fault(void) { $3 }"
	} >"$source"
	command=$(cat "$(dirname "$(pause_of "$1")")/command")
	eval "${command/src\/pause.c/-I src $source} -Wno-error -o $linked"
	run python3 tests/tools/machine_code.py "$1" "$linked"
	echo "$output"
	[ "$status" -eq 1 ] && [[ $output == *"$2"* ]]
}

@test "on every platform: nothing beyond the baseline, no indirect jump, no store outside the stack, every path ends" {
	for entry in "${PLATFORMS[@]}"; do
		platform=${entry%:*}
		link "$platform" "$linked"
		python3 tests/tools/machine_code.py "$platform" "$linked" >"$linked.report" || failed=1
		sed 's/^/# /' "$linked.report" >&3
	done
	[ -z "${failed-}" ]
}

@test "the rules find a vector register, a conditional move, an instruction of a newer processor" {
	finds linux/amd64 'beyond the baseline' '__asm__("vaddps %ymm0, %ymm1, %ymm2");'
	finds linux/386 'beyond the baseline' '__asm__("cmovne %eax, %ebx");'
	finds linux/arm64 'beyond the baseline' '__asm__(".inst 0xf8bfc020");'      # ldapr
	finds linux/arm/v7 'beyond the baseline' '__asm__(".inst.w 0xef400150");'  # vorr
	finds linux/arm/v6 'beyond the baseline' '__asm__(".inst 0xe3000001");'    # movw
	finds linux/riscv64 'beyond the baseline' '__asm__(".4byte 0x40c5f533");'  # andn
	finds linux/ppc64le 'beyond the baseline' '__asm__(".long 0x7c642e16");'   # modsw
	finds linux/s390x 'beyond the baseline' '__asm__(".4byte 0xb9e27012");'    # locgrne
	finds linux/mips64le 'beyond the baseline' '__asm__(".4byte 0x7800000e");' # addv.b
	finds linux/loong64 'beyond the baseline' '__asm__(".4byte 0x700a0000");'  # vadd.b
}

@test "the rules find an indirect jump, a store outside of the stack, a path without an end" {
	finds linux/amd64 'jumps through a register' '__asm__("jmp *%rax");'
	finds linux/amd64 'stores outside of the stack' '__asm__("movl %ecx, (%rax)");'
	finds linux/amd64 'no end can be reached' 'for (;;) __asm__ volatile("");'
	finds linux/riscv64 'jumps through a register' '__asm__("jr a0");'
	finds linux/riscv64 'stores outside of the stack' '__asm__("sd a0, 0(a1)");'
}
