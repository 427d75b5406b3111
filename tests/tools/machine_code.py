#!/usr/bin/env python3
"""Holds the machine code of a linked pause against what it may contain.

usage: machine_code.py PLATFORM FILE

FILE is what the linker wrote, with its symbols. It is disassembled as the platform's baseline has it, and walked from
the entry and from the signal handler. Prints what it found; status 1 when something does not hold:
- no instruction beyond the baseline, no vector and no floating point register;
- no indirect jump but returns;
- no store but to what is computed from the stack pointer;
- no constant that lies outside of the file, where the disassembler shows its address;
- no path that leaves a function at its end, and none from which the end (a call of exit_group, or the trap behind it)
  cannot be reached: start and stop never return.
"""

import re
import subprocess
import sys

LOAD, PAGE = 0x400000, 4096  # where src/pause.ld puts the file

# For each platform:
#   decode: the disassembler's options, the baseline and nothing above it
#   beyond: what the disassembler shows although the baseline lacks it; registers that nobody needs here
#   call, jump, branch: mnemonics whose last operand is the target; branch falls through, too
#   back: a return, the whole instruction; trap: the end behind exit_group; indirect: jumps through a register
#   local, relative, delay, data: see there
#   store: mnemonics that write to memory; base: where the operands name the base register; sp: the stack pointer
X86 = {
    "decode": ["--x86-asm-syntax=intel"],
    "beyond": r"\b([xyz]mm|mm|st|k)\d|\bst\(|\bcmov|\bbswap|\bcmpxchg8b|\bsse|fence|\bpopcnt|\bendbr|\bnop\w? .*\[",
    "call": r"call",
    "jump": r"jmp",
    "branch": r"j[a-z]+",
    "back": r"ret",
    "trap": r"ud2",
    "indirect": r"(call|jmp)\s+(?!0x)",
    "store": r"(?!cmp|test|lea|push|pop|call|j)[a-z]+",
    "base": r"^\s*(?:\w+ ptr )?\[(\w+)",
    "sp": ("rsp", "esp"),
}
PLATFORMS = {
    "linux/amd64": {
        **X86,
        "beyond": r"\b([yz]mm|mm|st|k)\d|\bst\(|\bpopcnt|\bcmpxchg16b|\bendbr|\b[lt]zcnt|\bs[ah][lr]x|\brorx|\bandn",
    },
    "linux/386": X86,
    "linux/arm64": {
        "decode": ["--mattr=-all", "--mattr=+v8a"],
        "beyond": r"\b[bhsdqv]\d+\b|\bz\d+\b|\bld(add|set|clr)|\bcas|\bpac|\bbti|\bldapr",
        "call": r"bl",
        "jump": r"b",
        "branch": r"b\.\w+|cbn?z|tbn?z",
        "back": r"ret",
        "trap": r"brk.*",
        "indirect": r"(br|blr|bra\w+)\b",
        "store": r"st[a-z]+",
        "base": r"\[(\w+)",
        "sp": ("sp",),
    },
}
ARM = {
    "beyond": r"\b[sdq]\d+\b|\bv[a-z]+\.|\bbxj\b",
    "call": r"blx?(eq|ne|hi|ls|lt|ge|gt|le|hs|lo|mi|pl|cc|cs)?",
    "jump": r"b(\.w|\.n)?",
    "branch": r"b(eq|ne|hi|ls|lt|ge|gt|le|hs|lo|mi|pl|cc|cs)(\.w)?|cbn?z",
    "back": r"(bx(\w\w)?\s+lr|pop(\w\w)?(\.w)?\s+\{.*pc\}|ldm.*sp!.*pc\}|mov\s+pc, lr|ldr\s+pc, \[sp\], #4)",
    "trap": r"(trap|udf.*|\.inst.*)",
    "indirect": r"(bx(\w\w)?\s+(?!lr)|blx?\w*\s+r\d|(mov|add|ldr|sub)\w*\s+pc,|tb[bh]\s)",
    "store": r"(str|stm|push)\w*(\.w)?",
    "base": r"(?:\[(\w+)|^(\w+)!?, \{)",
    "sp": ("sp",),
}
PLATFORMS["linux/arm/v7"] = {**ARM, "decode": ["--triple=thumbv7", "--mattr=-neon,-vfp2,-vfp3"]}
PLATFORMS["linux/arm/v6"] = {**ARM, "decode": ["--triple=armv6", "--mattr=-vfp2"]}
PLATFORMS["linux/riscv64"] = {
    "decode": ["--mattr=+m,+a,+f,+d,+c", "-M", "no-aliases"],
    "beyond": r"\bf[ast]\d+\b|\bv\d+\b",
    "call": r"(c\.)?jal\s+ra",
    "jump": r"(c\.j|jal\s+zero)",
    "branch": r"(c\.)?b[a-z]+",
    "back": r"(c\.jr\s+ra|jalr\s+zero, (0x)?0\(ra\))",
    "trap": r"(unimp|c\.unimp|c\.ebreak|csrrw\s+zero, cycle, zero)",
    "indirect": r"(c\.jr|c\.jalr|jalr)\s",
    "store": r"(c\.)?s[bhwd](sp)?",
    "base": r"\((\w+)\)",
    "sp": ("sp",),
}
PLATFORMS["linux/ppc64le"] = {
    "decode": ["--mcpu=pwr8"],
    "local": 8,  # calls in the same file skip the two instructions that load r2
    # The disassembler shows what is newer whatever the processor: ISA 3.0 and 3.1 by name.
    "beyond": r"^(xx|xs|xv|lv|stv|lxv|stxv|v[a-z]+|[lf]f[sd]|f[a-z]+|mod[su]|setn?b|addpcis|cnttz|cmprb|cmpeqb|darn"
    r"|maddld|maddh|extswsli|br[hwd]\b|p(addi|li|la|l[bhwd]|st))",
    "call": r"bl",
    "jump": r"b",
    "branch": r"b(n?s|eq|ne|lt|gt|le|ge|f|t|dnz|dz|c)[+-]?",
    "back": r"(blr|b\w+lr[+-]?.*)",
    "trap": r"trap",
    "indirect": r"(bctrl?|b\w*ctr\w*)\b",
    "store": r"st[bhwd][a-z]*",
    "base": r"\((\w+)\)",
    "sp": ("1",),
}
PLATFORMS["linux/s390x"] = {
    "decode": ["--mcpu=z10"],
    "beyond": r"%[fv]\d",
    "call": r"bras?l?",
    "jump": r"jg?",
    "branch": r"jg?(e|ne|h|l|nh|nl|he|le|nhe|nle|lh|nlh|o|no|z|nz|p|np|m|nm)|c[lg]*[ri]*j\w*|brct\w?",
    "back": r"br\s+%r14",
    "trap": r"j[gn]?\w*\s+0x[0-9a-f]+",
    "indirect": r"(br\s+%r(?!14)|basr|bcr\s|b\s|bal)",
    "data": r"l\w*rl",  # loads and addresses relative to the instruction, shown as addresses
    "store": r"(st[a-z]*|mv[a-z]+|[xno]c|[xno]i)",
    "base": r"\((?:\d+,)?(%r\d+)\)",
    "sp": ("%r15",),
}
PLATFORMS["linux/mips64le"] = {
    "decode": ["--mcpu=mips64r2"],
    "beyond": r"\$f\d|\$w\d",
    "delay": 4,  # the instruction behind a jump is executed before it
    "call": r"jal|bal",
    "jump": r"j|b",
    "branch": r"b[a-z]+",
    "back": r"jr\s+\$ra",
    "trap": r"break\b.*|teq\s+\$zero, \$zero.*",
    "indirect": r"(jr\s+\$(?!ra)|jalr)",
    "store": r"s[bhwd][lr]?|swc1|sdc1|sc|scd",
    "base": r"\((\$\w+)\)",
    "sp": ("$sp",),
}
PLATFORMS["linux/loong64"] = {
    "decode": ["--mattr=-lsx,-lasx"],
    "relative": True,  # targets are shown as distances
    "beyond": r"\$(f[ast]|vr|xr)\d|\bx?v[a-z]+\.",
    "call": r"bl",
    "jump": r"b",
    "branch": r"b(eq|ne|lt|ge|ltu|geu|eqz|nez)",
    "back": r"(ret|jirl\s+\$zero, \$ra, 0)",
    "trap": r"(break|amswap\.w).*",
    "indirect": r"jirl",
    "store": r"stx?\.[bhwd]|stptr\.[wd]|sc\.[wd]",
    "base": r"^\$\w+, (\$\w+)",
    "sp": ("$sp",),
}


def bare(text):
    """An instruction without what the disassembler remarks on it."""
    return re.sub(r"\s*<[^>]*>$", "", re.sub(r"\s*(@|//|# ).*", "", text.replace("<unknown>", "unknown"))).strip()


def disassemble(platform, file):
    """{function: [(address, mnemonic, operands)]}, without what follows the last instruction of each."""
    symbols = subprocess.run(["llvm-readelf-19", "-s", file], check=True, capture_output=True, text=True).stdout
    sizes = {}
    for value, size in re.findall(r"^\s*\d+: ([0-9a-f]+)\s+(\d+) FUNC", symbols, re.M):
        sizes[int(value, 16) & ~1 if "arm" in platform else int(value, 16)] = int(size)
    command = ["llvm-objdump-19", "-d", *PLATFORMS[platform]["decode"], file]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    functions, name = {}, None
    for line in listing.splitlines():
        if head := re.match(r"([0-9a-f]+) <(.+)>:", line):
            start, name = int(head[1], 16), head[2]
            functions[name] = []
        elif name and (found := re.match(r"\s*([0-9a-f]+): ((?:[0-9a-f]{2,8} )+)\s*\t(.*)", line)):
            address, text = int(found[1], 16), bare(found[3])
            if not sizes.get(start) or address < start + sizes[start]:
                functions[name].append((address, *(text.split(None, 1) + [""])[:2]))
    return functions


class Code:
    def __init__(self, platform, functions):
        self.rules = {"delay": 0, **PLATFORMS[platform]}
        self.functions = functions
        starts = [(code[0][0], name) for name, code in functions.items() if code]
        self.entry = {start + skip: name for start, name in starts for skip in (0, self.rules.get("local", 0))}
        self.final = {"exit_group"}  # functions that never return
        self.complaints = []

    def is_a(self, kind, instruction):
        _, mnemonic, operands = instruction
        text = f"{mnemonic} {operands}".strip()
        if kind in ("call", "jump", "branch") and r"\s" not in self.rules[kind]:
            return re.fullmatch(self.rules[kind], mnemonic) is not None
        end = "" if kind in ("call", "jump", "indirect") else "$"
        return re.match(f"(?:{self.rules[kind]}){end}", text) is not None

    def target(self, instruction):
        last = instruction[2].split(",")[-1].split()[-1:] or [""]
        if self.rules.get("relative"):
            return instruction[0] + int(last[0]) if re.fullmatch(r"-?\d+", last[0]) else None
        return int(last[0], 16) if re.fullmatch(r"0x[0-9a-f]+", last[0]) else None

    def complain(self, name, instruction, what):
        address, mnemonic, operands = instruction
        self.complaints.append(f"{name}+{address - self.functions[name][0][0]:#x}: {mnemonic} {operands}: {what}")

    def steps(self, name):
        """{index: [index, "back", "end" or "out"]}: where each instruction of a function may go on."""
        code = self.functions[name]
        index = {instruction[0]: i for i, instruction in enumerate(code)}
        steps = {}
        for i, instruction in enumerate(code):
            after = i + 1 if i + 1 < len(code) else "out"
            slots = 2 if self.rules["delay"] else 1
            beyond_slot = i + slots if i + slots < len(code) else "out"
            target = self.target(instruction)
            inside = index.get(target)
            if self.is_a("back", instruction):
                steps[i] = ["back", after] if re.match(r"(bx|pop)(?!\.)\w", instruction[1]) else ["back"]
            elif self.is_a("trap", instruction) and (inside is None or inside == i):
                steps[i] = ["end"]
            elif self.is_a("call", instruction):
                callee = self.entry.get(target)
                if callee is None:
                    self.complain(name, instruction, "it calls what is no function")
                steps[i] = ["end"] if callee in self.final else [beyond_slot]
            elif self.is_a("jump", instruction):
                tail = self.entry.get(target)
                leaves = "end" if tail in self.final else "back" if tail else "out"
                steps[i] = [leaves if inside is None else inside]
            elif self.is_a("branch", instruction):
                steps[i] = [beyond_slot, inside if inside is not None else "out"]
            else:
                steps[i] = [after]
        return steps

    def reachable(self, steps):
        seen, todo = set(), [0]
        while todo:
            here = todo.pop()
            if here in seen:
                continue
            seen.add(here)
            if isinstance(here, int):
                todo += steps[here]
        return seen

    def from_stack(self, code, i, register, depth=0):
        """Whether a register, at instruction i, is the stack pointer or was last computed from it."""
        if register in self.rules["sp"]:
            return True
        for j in range(i - 1, -1, -1):
            _, mnemonic, operands = code[j]
            written, _, rest = operands.partition(",")
            if written.strip() != register or re.match(r"(st|s[bhwd]\b|cmp|test|cb|tb|push|b)", mnemonic):
                continue
            registers = re.findall(r"[%$]?\b[a-z]?[a-z]?\d*[a-z]*\b|\b\d+\b", rest)
            if any(stack in re.findall(r"[%$]?\w+", rest) for stack in self.rules["sp"]):
                return True
            by_constant = re.match(r"(add|sub|inc|dec)", mnemonic) and re.fullmatch(r"\s*(0x\w+|\d+)?", rest)
            if by_constant or register in re.findall(r"[%$]?\w+", rest):
                continue  # moved along
            others = {other for other in registers if other and not other.isdigit()} - {register}
            return depth < 3 and any(self.from_stack(code, j, other, depth + 1) for other in others)
        return False

    def check(self):
        # Which functions never return: start with all that has no path to a return, until nothing changes.
        while True:
            walked = {name: self.reachable(self.steps(name)) for name, code in self.functions.items() if code}
            found = {name for name, seen in walked.items() if "back" not in seen}
            if found | {"exit_group"} == self.final:
                break
            self.complaints.clear()
            self.final = found | {"exit_group"}
        for name in ("_start", "start", "stop", "fail", "exit_group"):
            if name in self.functions and name not in found:
                self.complaints.append(f"{name}: it may return")
        count = stores = 0
        for name, code in self.functions.items():
            if not code:
                continue
            steps = self.steps(name)
            seen = self.reachable(steps)
            if "out" in seen:
                self.complaints.append(f"{name}: a path leaves it at its end")
            for i in sorted(place for place in seen if isinstance(place, int)):
                instruction = code[i]
                count += 1
                if instruction[1] == "unknown" or re.search(self.rules["beyond"], " ".join(instruction[1:])):
                    self.complain(name, instruction, "it is beyond the baseline")
                if self.is_a("indirect", instruction) and not self.is_a("back", instruction):
                    self.complain(name, instruction, "it jumps through a register")
                writes = re.fullmatch(self.rules["store"], instruction[1])
                if writes and (base := re.search(self.rules["base"], instruction[2])):
                    stores += 1
                    if not self.from_stack(code, i, base[base.lastindex]):
                        self.complain(name, instruction, "it stores outside of the stack")
                reads = re.fullmatch(self.rules.get("data", r"$^"), instruction[1])
                if reads and not LOAD <= (self.target(instruction) or 0) < LOAD + PAGE:
                    self.complain(name, instruction, "it reads what is not in the file")
                ways, todo = set(), [i]
                while todo:
                    here = todo.pop()
                    if here not in ways:
                        ways.add(here)
                        todo += steps[here] if isinstance(here, int) else []
                if not ways & {"back", "end"}:
                    self.complain(name, instruction, "no end can be reached from it")
        return count, stores


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in PLATFORMS:
        print("usage: machine_code.py PLATFORM FILE", file=sys.stderr)
        return 2
    code = Code(sys.argv[1], disassemble(*sys.argv[1:]))
    count, stores = code.check()
    for complaint in code.complaints:
        print(f"{sys.argv[1]}: {complaint}")
    print(f"{sys.argv[1]}: {count} instructions, {stores} stores, {len(code.complaints)} complaints")
    return 1 if code.complaints or not count else 0


sys.exit(main())
