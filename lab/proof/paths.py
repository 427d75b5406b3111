#!/usr/bin/env python3
"""Runs every path of a platform's machine code, and holds each system call against model.h.

usage: paths.py PLATFORM LINKED EMULATOR

LINKED is the platform's program with its symbols. EMULATOR (qemu-user) loads build/PLATFORM/pause and executes it as the
platform's oldest processor, led by its protocol for debuggers. A system call is never executed: it is read, compared
with the model, and answered with each result that matters; at each call signals come, too. Registers and memory are put
back to go another way, and from a state that was seen before nothing is gone on from again. What nobody has set, and
what a call or a signal may overwrite, has values that fault where they are taken for addresses; so have argc and argv
until the model looks at them.

Prints a line, and one for each instruction that no path executes; status 1 when something does not hold:
- the model's call in each state, its arguments to the last bit that the kernel looks at, and its end;
- no other fault than the trap behind a refused exit_group, no path without an end;
- nothing executed but instructions, each of them somewhere; nothing written but the stack below argc.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile

# For each machine, what syscall(2) and the kernel's entry code say: the instruction, the registers of number, arguments
# and result, what else the kernel may overwrite; the stack pointer, how many bytes below it no signal touches; and the
# trap, where the emulator reports it as it does a breakpoint.
MACHINES = {
    "x86_64": ("0f05", "rax", "rdi rsi rdx r10", "rax", "rcx r11", "rsp", 128, ""),
    "i386": ("cd80", "eax", "ebx ecx edx esi", "eax", "", "esp", 0, ""),
    "aarch64": ("d4000001", "x8", "x0 x1 x2 x3", "x0", "", "sp", 0, ""),
    "arm": ("ef000000 df00", "r7", "r0 r1 r2 r3", "r0", "", "sp", 0, ""),
    "riscv64": ("00000073", "a7", "a0 a1 a2 a3", "a0", "", "sp", 0, ""),
    "ppc64": ("44000002", "r0", "r3 r4 r5 r6", "r3", "r7 r8 r9 r10 r11 r12 ctr xer cr", "r1", 512, ""),
    "s390x": ("0a00", "r1", "r2 r3 r4 r5", "r2", "", "r15", 0, "a7f40001"),
    "mips": ("0000000c", "r2", "r4 r5 r6 r7", "r2", "r1 r3 " + " ".join(f"r{i}" for i in (*range(8, 16), 24, 25)) + " lo hi", "r29", 0, ""),
    "loongarch64": ("002b0000", "r11", "r4 r5 r6 r7", "r4", " ".join(f"r{i}" for i in range(12, 21)), "r3", 0, ""),
}
# The emulator describes the registers of every machine but this one.
MIPS = [*(f"r{i}" for i in range(32)), "status", "lo", "hi", "badvaddr", "cause", "pc"]
GENERAL = r"[re][abcd]x|[re][sd]i|[re]bp|[rx]\d+|[ast]\d+|ra|gp|tp|fp|lr|lo|hi|cr|ctr|xer"
# By how many bytes instructions are aligned; 4 where none stands here.
ALIGNED = {"x86_64": 1, "i386": 1, "arm": 2, "riscv64": 2, "s390x": 2}
# What the emulators let pass: the disassembler's option, and what may not be in its listing. The registers of vectors and
# floating point are for nobody here, though the oldest processors have them (POWER's are bare numbers, the instructions
# have names of their own); an s390x older than the emulator's is a z10.
FORBIDDEN = {
    "x86_64": ("--x86-asm-syntax=att", r"%([xyz]?mm|k)\d|%st\b"),
    "i386": ("--x86-asm-syntax=att", r"%([xyz]?mm|k)\d|%st\b"),
    "aarch64": ("--mattr=+all", r"\b[bhsdqvz]\d+\b"),
    "arm": ("--mattr=+v7,+neon,+vfp4", r"\b[sdq]\d+\b"),
    "riscv64": ("--mattr=+d,+v", r"\b(f[ast]|v)\d+\b"),
    "ppc64": ("--mcpu=pwr10", r": (v|f|x[sxv]|lv|stv|p?lxv|p?stxv|p?lf|p?stf)\w* "),
    "s390x": ("--mcpu=z10", r"%[fv]\d|<unknown>"),
    "mips": ("--mattr=+msa", r"\$[fw]\d"),
    "loongarch64": ("--mattr=+lsx,+lasx", r"\$(f[ast]|fcc|vr|xr)\d"),
}
# What it shows for data in functions: constants, a table for debuggers.
DATA = {"arm": r"\.word", "ppc64": "<unknown>"}
# What compiler and linker lay down and nobody executes.
UNUSED = {
    "ppc64": (r"addis? 2, (12|2), ", "sets r2 for callers from elsewhere"),
    "mips": ("nop", "aligns the next function"),
    "arm": ("nop", "aligns the next function"),
}

# What a call's arguments are; the model leaves out those that must be null, or the size of a signal mask.
ARGUMENTS = {
    "rt_sigaction": "int action null size",
    "rt_sigprocmask": "int mask null size",
    "rt_sigsuspend": "mask size",
    "wait4": "int null int null",
    "close_range": "int int null",
    "chdir": "path",
    "getpid": "",
    "write": "int text",
    "exit_group": "int",
}
# What the kernel may answer, beside 0 and errors. 65537: who compares 16 bits takes it for 1.
RESULTS = {"rt_sigaction": [1], "wait4": [1, 2, 4194304], "getpid": [1, 2, 65537, 4194304]}
ERRORS = [-1, -38, -4095]  # EPERM, ENOSYS, the last that there is

LOAD = 0x400000  # where src/pause.ld puts the file
STACK, ABOVE = 1536, 384  # how much memory is looked at, below argc and from there on


class Fault(Exception):
    pass


class Model:
    def __init__(self, folder):
        """model.h, as the platform's preprocessor leaves it."""
        with open(f"{folder}/command", encoding="ascii") as file:
            command = [word for word in shlex.split(file.read()) if word != "src/pause.c"]
        text = "#include <asm/signal.h>\n#include <asm/unistd.h>\n#include <linux/wait.h>\n"
        text += "".join(f"NUMBER({name}, __NR_{name})\n" for name in ARGUMENTS) + '#include "lab/proof/model.h"\nMASK\n'
        command += ["-Wno-unused-command-line-argument", "-E", "-P", "-xc", "-"]
        text = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True).stdout
        self.mask_size = int(text.split()[-1])
        rows = re.findall(r"^CALL\((\w+), (.*), (\w+)\)$", text, re.M)
        branches = re.findall(r"^BRANCH\((\w+), (.*), (result [^,]*), (\w+), (\w+)\)$", text, re.M)
        self.calls = {state: (call, "True", then, then) for state, call, then in rows}
        self.calls |= {state: row for state, *row in branches}
        self.numbers = {eval(number): name for name, number in re.findall(r"^NUMBER\((\w+), (.*)\)$", text, re.M)}
        self.options = {eval(word): state for word, state in re.findall(r"^OPTION\((.*), (\w+)\)$", text, re.M)}
        assert len(self.calls) + len(self.options) == len(re.findall(r"CALL\(|BRANCH\(|OPTION\(", text)), text

    def expected(self, state, arguments):
        """The call that is made in a state, as a tuple of its name and arguments."""
        if state not in self.calls:
            raise Fault(f"it makes a call, where the model has a {state}")
        unsigned = lambda value: value & 0xFFFFFFFF if isinstance(value, int) else value
        signals = lambda *numbers: frozenset(numbers)
        words = {name: lambda *given, name=name: (name, *map(unsigned, given)) for name in ARGUMENTS}
        words |= {word: word for word in ("stop", "ignore")} | {"set": signals}
        return eval(self.calls[state][0], words | {"option": "".join((arguments or [])[1:2])})

    def after(self, state, result, length):
        _, condition, then, otherwise = self.calls[state]
        return then if eval(condition, {"result": result, "all": length}) else otherwise

    def chosen(self, arguments):
        return self.options.get(arguments[1], "unknown") if len(arguments) > 1 else "sleep"

    def argument_lists(self):
        """None, one and several; every option, and what differs from one in a place or in its length."""
        words = {*self.options, "x" * 200}
        for option in self.options:
            words |= {option + "x"} | {option[:i] + end for i in range(len(option)) for end in ("", "\xe8" + option[i + 1 :])}
        lists = [[], ["pause"], ["pause", "x", "-v", ""]]
        return lists + [["pause", word] for word in sorted(words)] + [["pause", word, "-h"] for word in (*self.options, "x")]


class Emulator:
    def __init__(self, emulator, cpu, file, folder):
        path = os.path.join(folder, "socket")
        self.process = subprocess.Popen([emulator, "-cpu", cpu, "-g", path, file], stdin=subprocess.DEVNULL)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        while self.process.poll() is None:
            try:
                self.socket.connect(path)
                break
            except OSError:
                pass

    def ask(self, text):
        """A packet, and the reply to it."""
        self.socket.sendall(b"+$%s#%02x" % (text.encode(), sum(text.encode()) & 255))
        reply = b""
        while reply[-3:-2] != b"#":
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                raise Fault("it does not end within a minute") from None
            if not more:
                raise Fault("the emulator has ended")
            reply += more
        return reply[reply.index(b"$") + 1 : -3].decode("latin-1")

    def layout(self):
        """{register: (offset, size)} in the packet of all registers."""
        if "qXfer:features" in self.ask("qSupported"):
            file, text, more = "target.xml", "", "m"
            while more == "m" or file == "target.xml":
                if more == "l":
                    file, text = re.search(r'href="([^"]*)"', text)[1], ""
                reply = self.ask(f"qXfer:features:read:{file}:{len(text):x},7f0")
                more, text = reply[0], text + re.sub("}(.)", lambda found: chr(ord(found[1]) ^ 32), reply[1:], flags=re.S)
            sizes = {name: int(bits) // 8 for name, bits in re.findall(r'<reg name="(\w+)" bitsize="(\d+)"', text)}
        else:
            sizes = dict.fromkeys(MIPS, len(self.ask("g")) // 2 // 73)
        ends = [sum([*sizes.values()][: i + 1]) for i in range(len(sizes))]
        return {name: (end - size, size) for (name, size), end in zip(sizes.items(), ends)}

    def read(self, address, size):
        reply = self.ask(f"m{address:x},{size:x}") if size else ""
        if reply.startswith("E"):
            raise Fault(f"it hands over {address:#x}, where no memory is")
        return bytes.fromhex(reply)


class Paths:
    def __init__(self, platform, linked, emulator, folder):
        column = lambda name: subprocess.check_output(["scripts/platforms.sh", name, platform], text=True).strip()
        built = f"build/{platform.replace('/', '-')}"
        with open(f"{built}/pause", "rb") as file:
            self.file = file.read()
        self.word, self.order = 4 * self.file[4], {1: "little", 2: "big"}[self.file[5]]
        self.machine = re.sub("^(mips|ppc64).*", r"\1", column("qemu"))
        if self.machine == "mips64":
            self.machine = "mips"
        calls, self.number, arguments, self.result, lost, self.sp, self.red_zone, trap = MACHINES[self.machine]
        self.calls, self.trap = [self.instruction(call) for call in calls.split()], self.instruction(trap)
        self.arguments, self.lost = arguments.split(), lost.split()
        self.model, self.listing = Model(built), instructions(linked, self.machine)
        self.executed = set()

        self.emulator = Emulator(emulator, column("cpu"), f"{built}/pause", folder)
        self.registers = self.emulator.layout()
        self.pc = next(name for name in ("rip", "eip", "pswa", "pc") if name in self.registers)
        spare = {self.pc, self.sp, "r0" if self.machine in ("mips", "loongarch64") else ""}
        self.general = [name for name in self.registers if re.fullmatch(GENERAL, name) and name not in spare]
        self.initial = bytes.fromhex(self.emulator.ask("g"))
        self.entry = int.from_bytes(self.file[24 : 24 + self.word], self.order)
        self.top = (self.get(self.initial, self.sp) & -65536) - 65536
        # It stops at each instruction when it is executed first, at system calls always, and wherever none begins.
        self.emulator.ask("QCatchSyscalls:1")
        self.align = ALIGNED.get(self.machine, 4)
        for address in range(LOAD, LOAD + len(self.file), self.align):
            self.emulator.ask(f"Z0,{address:x},{self.align}")

    def instruction(self, digits):
        return bytes.fromhex(digits)[:: 1 if self.order == "big" or self.machine in ("x86_64", "i386") else -1]

    def is_at(self, address, *codes):
        return next((code for code in codes if code and self.file[address - LOAD :].startswith(code)), b"")

    def get(self, registers, name):
        offset, size = self.registers[name]
        return int.from_bytes(registers[offset : offset + size], self.order)

    def set(self, registers, values):
        for name, value in values.items():
            offset, size = self.registers[name]
            registers = registers[:offset] + (value % (1 << 8 * size)).to_bytes(size, self.order) + registers[offset + size :]
        return registers

    def poison(self, names):
        return {name: 0xDEAD0000DEAD0000 + 0x100000001 * self.general.index(name) for name in names}

    def value(self, address, size):
        return int.from_bytes(self.emulator.read(address, size), self.order)

    def start_of(self, address, values):
        """The registers where a function begins that the kernel calls; some tell it its own address."""
        values = {**self.poison(self.general), self.pc: address, **values}
        if self.machine in ("ppc64", "mips"):
            values["r12" if self.machine == "ppc64" else "r25"] = address
        if self.machine == "arm":
            values |= {self.pc: address & ~1, "cpsr": self.get(self.initial, "cpsr") & ~32 | (address & 1) << 5}
        return self.set(self.initial, values)

    def made(self, registers):
        """The system call that is about to be made, as the model has it; a handler's address, if it sets one."""
        number = self.get(registers, self.number) % (1 << 32)
        name = self.model.numbers.get(number, f"system call {number}")
        given = [self.get(registers, argument) for argument in self.arguments]
        call, handler = [name], 0
        for kind, argument in zip(ARGUMENTS.get(name, "").split(), given):
            if kind == "int":
                call.append(argument % (1 << 32))
            elif kind == "text":
                call.append(self.emulator.read(argument, min(given[2], 1000)).decode("latin-1"))
            elif kind == "path":
                call.append(self.emulator.read(argument, 2).decode("latin-1").removesuffix("\0"))
            elif kind == "mask":
                call.append(self.signals(argument))
            elif kind == "action":
                handler, flags, mask = self.action(argument)
                call += [{0: "standard", 1: "ignore"}.get(handler, "stop"), flags, *[mask] * bool(mask)]
            elif argument != (self.model.mask_size if kind == "size" else 0):
                call.append(f"{argument:#x} for {kind}")
        return tuple(call), handler

    def action(self, at):
        """The kernel's struct sigaction: handler, flags, where SA_RESTORER is known the restorer, mask."""
        word = self.word
        if self.machine == "mips":  # int flags come first
            return self.value(at + word, word), self.value(at, 4), self.signals(at + 2 * word)
        mask = at + (2 if self.machine in ("riscv64", "loongarch64") else 3) * word
        return self.value(at, word), self.value(at + word, word), self.signals(mask)

    def signals(self, at):
        """A signal mask's signals: words, each of them with the signals that follow those of the word before it."""
        bits = 8 * self.word
        words = [self.value(at + i, self.word) for i in range(0, self.model.mask_size, self.word)]
        return frozenset(i * bits + bit + 1 for i, word in enumerate(words) for bit in range(bits) if word >> bit & 1)

    def answer(self, registers, result):
        """The registers behind a system call that returned this."""
        pc = self.get(registers, self.pc)
        values = self.poison({self.number, *self.arguments, *self.lost})
        values |= {self.pc: pc + len(self.is_at(pc, *self.calls)), self.result: result}
        if self.machine == "mips":
            values |= {self.result: abs(result), "r7": result < 0}
        if self.machine == "ppc64":  # the summary overflow bit of cr0
            values |= {self.result: abs(result), "cr": values["cr"] & ~(1 << 28) | (result < 0) << 28}
        return self.set(registers, values)

    def run(self, registers, memory, state):
        """Goes on up to the next system call: (registers, memory), or None behind the trap."""
        bottom = self.top - STACK
        if self.emulator.ask(f"M{bottom:x},{len(memory):x}:{memory.hex()}") + self.emulator.ask(f"G{registers.hex()}") != "OKOK":
            raise Fault("the emulator takes no registers, or no memory")
        while True:
            reply = self.emulator.ask("c")
            registers = bytes.fromhex(self.emulator.ask("g"))
            pc = self.get(registers, self.pc)
            first, call = pc not in self.executed, self.is_at(pc, *self.calls)
            self.executed.add(pc)
            if not reply.startswith("T05thread") or self.is_at(pc, self.trap) or not (first or call):
                if state != "trap":
                    raise Fault(f"it faults, {reply}, at {self.listing.get(pc, hex(pc))}")
                return None
            if pc not in self.listing:
                raise Fault(f"it executes what is no instruction, at {pc:#x}")
            if call:
                break
            self.emulator.ask(f"z0,{pc:x},{self.align}")
        used = self.get(registers, self.sp) - self.red_zone - bottom
        if not 0 <= used <= STACK:
            raise Fault(f"its stack pointer is {self.get(registers, self.sp):#x}, from {self.top:#x} on")
        after = self.emulator.read(bottom, len(memory))
        if after[STACK:] != memory[STACK:]:
            raise Fault("it has written to its arguments")
        # A signal's frame overwrites what is below.
        return registers, b"\xde" * used + after[used:]

    def explore(self):
        """Every path."""
        memory = b"\xde" * (STACK + ABOVE)
        entry = self.start_of(self.entry, {self.sp: self.top})
        seen, states, todo = set(), set(), [(entry, memory, "start", (), None, "")]
        while todo:
            *start, handlers, arguments, trace = todo.pop()
            key = (*start, handlers, str(arguments))
            if key in seen:
                continue
            seen.add(key)
            try:
                reached = self.run(*start)
                if reached and (*reached, *key[2:]) not in states:
                    states.add((*reached, *key[2:]))
                    todo += self.ways(*reached, start[2], handlers, arguments, trace)
            except Fault as fault:
                raise Fault(f"with {arguments}{trace}: {fault}") from None
        self.paths, self.states = len(seen), len(states)

    def ways(self, registers, memory, state, handlers, arguments, trace):
        """What may come of a system call: the kernel's answers to it, or a signal."""
        call, handler = self.made(registers)
        expected = self.model.expected(state, arguments)
        if call != expected:
            raise Fault(f"{call[0]}{call[1:]}, where the model has {expected[0]}{expected[1:]}")
        if state != "stopped":
            for signal, address in handlers:
                # As at every call of a function, but for x86 without a return address.
                sp = (self.get(registers, self.sp) - self.red_zone - 128) // 16 * 16
                sp -= {"x86_64": 8, "i386": 4}.get(self.machine, 0)
                begin = self.start_of(address, {self.arguments[0]: signal, self.sp: sp})
                yield begin, b"\xde" * STACK + memory[STACK:], "stopped", (), arguments, f"{trace}, signal {signal}"
        length = len(call[-1]) if call[0] == "write" else 0
        for result in {0, *RESULTS.get(call[0], []), *([length - 1, length] if length else []), *ERRORS}:
            then = self.model.after(state, result, length)
            now = (*handlers, (call[1], handler)) if handler > 1 and result == 0 else handlers
            way = self.answer(registers, result), memory
            trace_now = f"{trace}, {call[0]} = {result}"
            if then != "chosen":
                yield *way, then, now, arguments, trace_now
                continue
            for chosen in self.model.argument_lists():
                yield way[0], memory[:STACK] + self.block(chosen), self.model.chosen(chosen), now, chosen, trace_now

    def block(self, arguments):
        """As exec leaves it: argc, argv, an empty environment, an empty auxiliary vector; the texts."""
        texts = [argument.encode("latin-1") + b"\0" for argument in arguments]
        at = self.top + self.word * (len(arguments) + 5)
        words = [len(texts), *(at + len(b"".join(texts[:i])) for i in range(len(texts))), 0, 0, 0, 0]
        return b"".join([*(word.to_bytes(self.word, self.order) for word in words), *texts]).ljust(ABOVE, b"\xde")


def instructions(linked, machine):
    """{address: text} of what lies in functions and is no data; _start alone has no size."""
    option, data = FORBIDDEN[machine][0], DATA.get(machine, "$^")
    symbols = subprocess.check_output(["llvm-nm-19", "-S", linked], text=True)
    listing = subprocess.check_output(["llvm-objdump-19", "-d", "-z", "--no-show-raw-insn", option, linked], text=True)
    sizes = {int(at, 16): int(size, 16) for at, size in re.findall(r"^(\w+) (\w+) t \w+$", symbols, re.M | re.I)}
    found = {}
    for line in re.finditer(rf"^ *([0-9a-f]+):(?!.*{data}).*", listing, re.M):
        address = int(line[1], 16)
        start = max((start for start in sizes if start <= address), default=0)
        if start and (not sizes[start] or address < start + sizes[start]):
            found[address] = " ".join(line[0].split())
    return found


def main():
    if len(sys.argv) != 4:
        print("usage: paths.py PLATFORM LINKED EMULATOR", file=sys.stderr)
        return 2
    platform = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(*sys.argv[1:], folder)
        try:
            paths.explore()
        except Fault as fault:
            print(f"{platform}: {fault}")
            return 1
        finally:
            paths.emulator.process.kill()
    print(
        f"{platform}: {len(paths.model.argument_lists())} argument lists, {paths.states} states, {paths.paths} paths, "
        f"{len(paths.executed)} of {len(paths.listing)} instructions, no fault"
    )
    unused, reason = UNUSED.get(paths.machine, ("$^", ""))
    status = 0
    for address in sorted(paths.listing.keys() - paths.executed):
        accepted = re.search(f": {unused}", paths.listing[address])
        print(f"{platform}: never executed: {paths.listing[address]}" + (f", which {reason}" if accepted else ""))
        status |= not accepted
    for text in paths.listing.values():
        if re.search(FORBIDDEN[paths.machine][1], text):
            print(f"{platform}: beyond the oldest processor, or a register of vectors or floats: {text}")
            status = 1
    return status


sys.exit(main())
