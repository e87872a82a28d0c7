"""A copy of the repository under build/mutation, built once; slips are compiled beside it.

A slip is one file in a folder of its own that the compiler looks into first. Neither the user's
checkout nor the copy is ever changed by one, so that nothing has to be put back.
"""
from __future__ import annotations

import filecmp
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import limits
from reach import Reach

TESTS = "tests/wick_tests"
COMMAND = "bin/wick"


class Failure(Exception):
    """Something that the user has to see to."""


class Workshop:
    def __init__(self, repository, folder, say):
        self.repository = repository
        self.folder = folder
        self.tree = folder / "tree"
        # As in a checkout of its own, so that the compiler cache knows the objects.
        self.build = self.tree / "build/release"
        self.environment = {"CCACHE_BASEDIR": str(self.tree), "CCACHE_NOHASHDIR": "1"}
        self._say = say

    def prepare(self, jobs):
        """Brings the copy up to date and builds it."""
        self._copy()
        if not (self.build / "build.ninja").exists():
            flags = ["-DWICK_BUILD_EXAMPLES=OFF", "-DWICK_INSTALL=OFF"]
            for linker in ("mold", "lld", "gold"):
                if shutil.which(f"ld.{linker}"):
                    flags.append(f"-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld={linker}")
                    break
            self._command(["cmake", "--preset", "release", *flags], self.tree)
        self._say(f"building {self.build} (minutes the first time)")
        self._command(["ninja", "-C", self.build, "-j", str(jobs), TESTS, COMMAND], self.tree)
        self._links = {program: self._read_link(program) for program in (TESTS, COMMAND)}
        self._read_commands()
        self._read_dependencies()
        self._reach = Reach(self.build, list(self._compile))

    def _command(self, words, directory):
        done = subprocess.run(list(map(str, words)), cwd=directory, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              env={**os.environ, **self.environment})
        if done.returncode:
            raise Failure(f"{shlex.join(map(str, words))} failed:\n{done.stdout[-4000:]}")
        return done.stdout

    def _copy(self):
        """The files that git knows or would know, with what is not committed yet."""
        listed = subprocess.run(
            ["git", "-C", self.repository, "ls-files", "-z", "-co", "--exclude-standard"],
            capture_output=True)
        if listed.returncode:
            raise Failure(f"{self.repository} is no git checkout: {listed.stderr.decode()}")
        wanted = {name for name in os.fsdecode(listed.stdout).split("\0") if name}
        for name in sorted(wanted):
            source, target = self.repository / name, self.tree / name
            if not source.is_file():
                wanted.discard(name)
            elif not target.exists() or not filecmp.cmp(source, target, shallow=False):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)  # with the time of now: ninja shall see it
        build = self.tree / "build"
        for folder, folders, files in os.walk(self.tree):
            folders[:] = [name for name in folders if Path(folder, name) != build]
            for name in files:
                path = Path(folder, name)
                if path.relative_to(self.tree).as_posix() not in wanted:
                    path.unlink()

    def _read_link(self, program):
        """The words of the command that links a program."""
        steps = self._command(["ninja", "-C", self.build, "-t", "commands", program], self.tree)
        links = [part for line in steps.splitlines() for part in line.split(" && ")
                 if f" -o {program} " in part]
        if not links:
            raise Failure(f"ninja has no command that links {program}")
        return shlex.split(links[-1])

    def _read_commands(self):
        """How each object of the programs is compiled, and from what."""
        linked = {word for words in self._links.values() for word in words}
        self._compile = {}
        for entry in json.loads((self.build / "compile_commands.json").read_text()):
            words = shlex.split(entry["command"])
            output = words[words.index("-o") + 1]
            if output in linked:
                self._compile[output] = (words, self._relative(entry["file"]))

    def _relative(self, path):
        """From the root of the copy; the path itself for what lies elsewhere."""
        path = os.path.normpath(os.path.join(self.build, path))
        return os.path.relpath(path, self.tree) if path.startswith(f"{self.tree}/") else path

    def _read_dependencies(self):
        """For each file of the repository, the objects that are made from it."""
        self.objects_of = {}
        shown = self._command(["ninja", "-C", self.build, "-t", "deps"], self.tree)
        for part in shown.split("\n\n"):
            lines = part.strip().splitlines()
            output = lines[0].split(":")[0] if lines else ""
            if output in self._compile:
                files = {self._relative(line.strip()) for line in lines[1:]}
                for name in files | {self._compile[output][1]}:
                    self.objects_of.setdefault(name, []).append(output)
        for name, outputs in self.objects_of.items():
            # The file of the same name first: what does not compile is most likely seen there.
            stem = re.sub(r"-inl$", "", Path(name).stem)
            outputs.sort(key=lambda output: (Path(output).name.split(".")[0] != stem,
                                             output.startswith("tests/"), output))

    def unreached_tests(self, path):
        """The files below tests/ whose tests never come to a function of this one."""
        outputs = self.objects_of[path]
        if path.endswith(".h") or len(outputs) != 1:  # what is inline has copies elsewhere
            return set()
        return {self._compile[test][1].partition("/")[2]
                for test in self._reach.unreachable(outputs[0])}

    def compile(self, path, text, job, seconds):
        """Compiles what a file is part of with another text. Returns the objects that are different
        from the copy's, or None and the compiler's words where there is an error."""
        overlay = job / "overlay"
        shutil.rmtree(job, ignore_errors=True)
        target = overlay / path
        target.parent.mkdir(parents=True)
        target.write_text(text)
        (job / "objects").mkdir()
        changed = {}
        for number, output in enumerate(self.objects_of.get(path, [])):
            made = job / "objects" / f"{number}.o"
            ran = limits.run(self._compile_words(output, path, overlay, made), self.build, seconds,
                             gigabytes=8)
            if ran.code:
                return None, ran.output or f"the compiler took more than {seconds} seconds"
            if filecmp.cmp(made, self.build / output, shallow=False):
                made.unlink()
            else:
                changed[output] = made
        return changed, ""

    def _compile_words(self, output, path, overlay, made):
        words, file = self._compile[output]
        words = words[1:] if Path(words[0]).name == "ccache" else list(words)
        compiler, rest = words[0], words[1:]
        for option in ("-MF", "-MT", "-MQ"):
            if option in rest:
                del rest[rest.index(option):rest.index(option) + 2]
        rest = [word for word in rest if word not in ("-MD", "-MMD", "-Werror")]
        rest[rest.index("-o") + 1] = str(made)
        if file == path:
            rest[rest.index("-c") + 1] = str(overlay / path)
        return [compiler, "-w", f"-ffile-prefix-map={overlay}={self.tree}", f"-I{overlay}/src",
                f"-I{overlay}/include", *rest]

    def link(self, changed, program, made):
        """A program with some objects exchanged. None, or what the linker complains of."""
        words = [str(changed.get(word, word)) for word in self._links[program]]
        words[words.index("-o") + 1] = str(made)
        ran = limits.run(words, self.build, 300)
        return ran.output if ran.code else None
