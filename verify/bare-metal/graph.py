"""Who calls whom in a linked image, and how much stack each takes: read from its disassembly.

A call through a pointer has no name in an image: where a function makes one, it is said so. Those here are the caller's
closures and the writer behind a sentence, and, inside core::fmt, the parts of a sentence.
"""

import re
import subprocess
from collections import deque
from pathlib import Path

# Branches that stay in a function name a place in it; those that leave it are calls that do not come back.
BRANCH = re.compile(r"^(?:b|bl|cbn?z|b(?:eq|ne|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|cs|cc))(?:\.[wn])?$")
TARGET = re.compile(r"0x([0-9a-f]+) <")
THROUGH_POINTER = re.compile(r"^(?:blx\s+r|bx\s+(?!lr)r|mov\s+pc,|ldr(?:\.w)?\s+pc,)")


def tool(*command, input=None):
    return subprocess.run(command, check=True, capture_output=True, text=True, input=input).stdout


class Image:
    """The functions of an image by address."""

    def __init__(self, path):
        self.path = str(path)
        self.names, self.calls, self.through_pointer, self.stack = {}, {}, set(), {}
        self.depths, self.rust_names = {}, {}
        self._disassemble()
        self.at = {name: at for at, name in self.names.items()}
        for line in tool("llvm-readelf", "--stack-sizes", self.path).splitlines():
            size, _, functions = line.strip().partition(" ")
            for name in functions.strip().split(", "):
                if size.isdigit() and name in self.at:
                    self.stack[self.at[name]] = int(size)

    def _disassemble(self):
        at = None
        for line in tool("llvm-objdump", "-d", "--no-show-raw-insn", self.path).splitlines():
            if line.endswith((" <$t>:", " <$d>:")):
                # Here instructions or data begin, of the same function.
                continue
            if line.endswith(">:"):
                at = int(line.split(" ", 1)[0], 16)
                self.names[at] = line[line.index("<") + 1 : -2]
                self.calls[at], self.stack[at] = set(), 0
                continue
            place, _, instruction = line.partition(":")
            if at is not None and re.fullmatch(r" *[0-9a-f]+", place):
                self._instruction(at, instruction.strip())
        places = sorted(self.names)
        for at, end in zip(places, places[1:] + [float("inf")]):
            self.calls[at] = {target for target in self.calls[at] if not at <= target < end}

    def _instruction(self, at, instruction):
        mnemonic = instruction.split(None, 1)[0] if instruction else ""
        if THROUGH_POINTER.match(instruction):
            self.through_pointer.add(at)
        elif BRANCH.match(mnemonic):
            target = TARGET.search(instruction)
            if target:
                self.calls[at].add(int(target.group(1), 16))
        # What the few functions in assembler take; the compiler says it of all others.
        elif mnemonic in ("push", "push.w"):
            self.stack[at] += 4 * (instruction.count(",") + 1)
        elif re.match(r"sub(?:\.w)?\s+sp, (?:sp, )?#", instruction):
            self.stack[at] += int(instruction.rsplit("#", 1)[1].split()[0])

    def roots(self, table):
        """The public functions of the image with their addresses, as `functions.py` wrote them."""
        paths = re.findall(r"^    Root\(.*\), // (.*)$", Path(table).read_text(), re.M)
        symbols = tool("llvm-nm", "-S", self.path).splitlines()
        symbol = next((line.split() for line in symbols if line.endswith(" FUNCTIONS")), None)
        begin, size = (int(symbol[0], 16), int(symbol[1], 16)) if symbol else (0, 0)
        if size != 4 * len(paths) or not paths:
            raise SystemExit(f"{self.path}: a table of {size} bytes, for {len(paths)} functions")
        end = begin + size
        dump = tool("llvm-objdump", "-s", "-j.rodata", f"--start-address={begin}", f"--stop-address={end}", self.path)
        words = re.findall(r"^ [0-9a-f]+ ((?:[0-9a-f]{8} ?)+)", dump, re.M)
        data = bytes.fromhex("".join(words).replace(" ", ""))
        # The lowest bit of an address says that the function is of Thumb instructions.
        addresses = [int.from_bytes(data[4 * n : 4 * n + 4], "little") & ~1 for n in range(len(paths))]
        lacking = [path for path, at in zip(paths, addresses) if at not in self.names]
        if lacking:
            raise SystemExit(f"{self.path}: lacks {lacking}")
        return list(zip(paths, addresses))

    def shown(self, at):
        """A function's name as Rust has it."""
        if not self.rust_names:
            lines = tool("llvm-cxxfilt", input="\n".join(self.names.values())).splitlines()
            self.rust_names = dict(zip(self.names, lines, strict=True))
        return self.rust_names[at]

    def reachable(self, at):
        """Everything that is called from a function by name, itself included."""
        return set(self._came_from(at))

    def way(self, at, to):
        """The shortest way from one function to another, if there is any."""
        came_from = self._came_from(at)
        way = [to] if to in came_from else []
        while way and way[0] != at:
            way.insert(0, came_from[way[0]])
        return way

    def _came_from(self, at):
        came_from, todo = {at: None}, deque([at])
        while todo:
            caller = todo.popleft()
            for target in sorted(self.calls.get(caller, ())):
                if target not in came_from:
                    came_from[target] = caller
                    todo.append(target)
        return came_from

    def depth(self, at, above=()):
        """Bytes of stack of a function and of what it calls by name, and the way down there."""
        if at in above:
            raise SystemExit(f"{self.shown(at)} calls itself: its stack has no bound that can be read here")
        if at not in self.depths:
            deepest = max((self.depth(target, (*above, at)) for target in self.calls.get(at, ())), default=(0, ()))
            self.depths[at] = (self.stack.get(at, 0) + deepest[0], (at, *deepest[1]))
        return self.depths[at]
