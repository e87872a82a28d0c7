"""Tests of mutate.py that need no compiler."""
from __future__ import annotations

import json
import sys
import tempfile
import time
import unittest
from collections import Counter
from pathlib import Path

import choose
import limits
import mutate
import reach
import results
import suite
from lexer import tokens
from slips import slips

REPOSITORY = Path(__file__).resolve().parents[2]


def changes(text, rule=None):
    """The slips in a function's body, as "before -> after"."""
    inside = f"int f(int n) {{\n{text}\n}}\n"
    return [f"{slip.before.strip()} -> {slip.after}".strip() for slip in slips("src/core/x.cpp", inside)
            if rule in (None, slip.rule)]


class Slips(unittest.TestCase):
    def test_bounds_and_signs(self):
        self.assertEqual(changes("b = n < 7;", "bounds"), ["< -> <="])
        self.assertEqual(changes("b = n >= m;"), ["b = n >= m; -> ;", ">= -> >"])
        self.assertEqual(changes("b = n == m;", "equality"), ["== -> !="])
        self.assertEqual(changes('b = s == "x";', "equality"), ["== -> !="])
        self.assertEqual(changes('b = s + "x";', "arithmetic"), [])
        self.assertEqual(changes("b = c < '9';", "bounds"), ["< -> <="])
        self.assertEqual(changes("b = n * m;", "arithmetic"), ["* -> /"])
        self.assertEqual(changes("b = n - 1;", "dropped one"), ["- 1 ->"])
        self.assertEqual(changes("b = -n;", "dropped sign"), ["- ->"])
        self.assertEqual(changes("if (!n) g();", "dropped sign"), ["! ->"])
        self.assertEqual(changes("b = n << 3;", "bits"), ["<< -> >>"])

    def test_types_are_no_expressions(self):
        self.assertEqual(changes("std::vector<int> v;"), [])
        self.assertEqual(changes("const T& x = v;\nauto&& y = w;\nT* z = u;"), [])
        self.assertEqual(slips("a.h", "template <class T, int n = 1>\nstruct X;\n"), [])
        self.assertEqual(slips("a.h", "struct X {\n  virtual int f() = 0;\n};\n"), [])
        self.assertEqual(slips("a.h", "static_assert(sizeof(int) == 4);\nusing T = A<1>;\n"), [])

    def test_comments_texts_and_directives(self):
        self.assertEqual(changes('// n < 1\n/* n + 1 */\ng("a + 1 < 2");', "bounds"), [])
        self.assertEqual(changes('g("a + 1", \'1\', R"(1 < 2)");'),
                         ['g("a + 1", \'1\', R"(1 < 2)"); -> ;'])
        self.assertEqual(slips("a.h", "#define N \\\n  1\n#if N > 1\n#include <a>\n#endif\n"), [])
        self.assertEqual([token.text for token in tokens("1'000u + 0x1p-3f # 1e-5")][:3],
                         ["1'000u", "+", "0x1p-3f"])

    def test_conditions(self):
        self.assertEqual(changes("if (n) g();", "condition"), ["n -> false", "n -> true"])
        self.assertEqual(changes("if (n) throw 1;", "condition"), ["n -> false"])
        self.assertEqual(changes("if (n < 0)\n  fail(n);", "condition"), ["n < 0 -> false"])
        self.assertEqual(changes("if (auto* p = g()) h();", "condition"), ["-> ; false"])
        self.assertEqual(changes("if (int k = g(); k) h();", "condition"),
                         ["k -> false", "k -> true"])
        self.assertEqual(changes("while (n) g();", "condition"), ["n -> false"])
        self.assertEqual(changes("do {\n} while (n);", "condition"), [])
        self.assertEqual(sorted(changes("if (a && b) g();", "dropped operand")),
                         ["&& b ->", "a && ->"])
        self.assertEqual(changes("b = n ? g(1, 2) : h;", "other branch"),
                         ["g(1, 2) : h -> h : g(1, 2)"])

    def test_statements(self):
        self.assertEqual(changes("v.reset();", "dropped statement"), ["v.reset(); -> ;"])
        self.assertEqual(changes("a::g<int>(n);", "dropped statement"), ["a::g<int>(n); -> ;"])
        self.assertEqual(changes("++n;", "dropped statement"), ["++n; -> ;"])
        self.assertEqual(changes("int k = g();\nFoo x(n);\nFoo y{n};", "dropped statement"), [])
        self.assertEqual(changes("if (n) g();", "dropped statement"), [])
        self.assertEqual(changes("if (n) {\n  g();\n}", "dropped statement"), ["g(); -> ;"])
        self.assertEqual(changes("for (;;) {\n  break;\n}", "dropped jump"), ["break ->"])
        self.assertEqual(changes("switch (n) {\n  case A::b:\n    return 1;\n}", "dropped case"),
                         ["case A::b: ->"])
        self.assertEqual(changes("return n + m;", "return"), ["n + m -> {}"])
        text = "void f() {\n  return g(1);\n}\n"
        self.assertEqual([slip.after for slip in slips("a.cpp", text) if slip.rule == "return"], [""])

    def test_calls(self):
        self.assertEqual(changes("g(a, b.c);", "swapped arguments"), ["a, b.c -> b.c, a"])
        self.assertEqual(changes('g(a, "x");', "swapped arguments"), [])
        self.assertEqual(slips("a.h", "int g(int64_t a, const T& b);\n"), [])
        self.assertEqual(changes("b = std::min(n, m);", "other function"), ["min -> max"])
        self.assertEqual(changes("b = std::min(n, m);", "swapped arguments"), [])

    def test_constants(self):
        self.assertEqual(changes("b = 0;", "constant"), ["0 -> 1"])
        self.assertEqual(changes("b = 0x1Fu;", "constant"), ["0x1Fu -> 0x1Eu", "0x1Fu -> 0x20u"])
        self.assertEqual(changes("b = 0.5f;", "constant"), ["0.5f -> 1.5f"])
        self.assertEqual(changes("b = 1e-5;", "constant"), ["1e-5 -> 1e-4"])
        self.assertEqual(changes("b = true;", "constant"), ["true -> false"])
        self.assertEqual(slips("a.h", "const float table[] = {\n    1.5f, 2.5f,\n};\n"), [])

    def test_lines_keep_their_numbers(self):
        for path in sorted((REPOSITORY / "src/core").glob("*.cpp")):
            text = path.read_text()
            found = slips("src/core/x.cpp", text)
            for slip in found:
                self.assertEqual(slip.apply(text).count("\n"), text.count("\n"), slip)
            self.assertEqual(len({slip.apply(text) for slip in found}), len(found), path)


class Choice(unittest.TestCase):
    def test_samples(self):
        text = "int f(int n) {\n" + "  n = n + 1;\n" * 50 + "  return n < 3;\n}\n"
        folders = {"core": slips("src/core/a.cpp", text), "io": slips("src/io/b.cpp", text)}
        one = choose.choose(folders, 40, {"io": 10}, "1")
        self.assertEqual(one, choose.choose(folders, 40, {"io": 10}, "1"))
        self.assertNotEqual(one, choose.choose(folders, 40, {"io": 10}, "2"))
        self.assertEqual(Counter(slip.path for slip in one),
                         {"src/core/a.cpp": 30, "src/io/b.cpp": 10})
        self.assertEqual(len(set(one)), 40)
        rest = choose.choose(folders, 40, {}, "1", lambda path: path.startswith("src/io"))
        self.assertEqual({slip.path for slip in rest}, {"src/io/b.cpp"})
        self.assertEqual(len(rest), 20)
        every = choose.choose(folders, 10 ** 6, {}, "1")
        self.assertEqual(len(every), sum(map(len, folders.values())))
        self.assertEqual(choose.shares(["a", "b", "c"], 8, {}), {"a": 3, "b": 3, "c": 2})


REPORT = """<?xml version="1.0"?>
<Catch name="wick_tests">
    <TestCase name="a &lt; b, &quot;c&quot;" tags="[x]" filename="/r/tests/core/pool_test.cpp" line="1">
      <OverallResult success="true" durationInSeconds="0.5"/>
    </TestCase>
    <TestCase name="d" filename="/r/tests/io/zip_test.cpp" line="9">
      <OverallResult success="false" durationInSeconds="0.25">
      </OverallResult>
    </TestCase>
    <TestCase name="e" filename="/r/tests/nn/x_test.cpp" line="9">
"""


class Running(unittest.TestCase):
    def test_reports(self):
        cases = suite.read_report(REPORT)
        self.assertEqual([case.result for case in cases], ["true", "false", ""])
        self.assertEqual(cases[0].test, suite.Test('a < b, "c"', "core/pool_test.cpp", 0.5))
        self.assertEqual(suite._quoted('a, "b"\\'), r'"a\, \"b\"\\"')

    def test_order(self):
        tests = suite.Suite("", Path(), "", 1)
        tests.tests = [suite.Test(f"{i}", file, seconds) for i, (file, seconds) in enumerate(
            [("ops/view_test.cpp", .01), ("core/shape_test.cpp", .01), ("core/pool_test.cpp", .01),
             ("ops/sort_test.cpp", 9), ("core/threads_test.cpp", 9), ("io/zip_test.cpp", .01)])]
        order = [[test.name for test in group] for group in tests.groups("src/core/pool.cpp")]
        self.assertEqual(order, [["2"], ["1"], ["0", "5"], ["4"], ["3"]])
        left = tests.groups("src/core/pool.cpp", {"ops/view_test.cpp", "core/shape_test.cpp"})
        self.assertEqual(len(left), 4)
        tests.learn("src/core/threads.cpp", "5")
        self.assertEqual(tests.groups("src/core/pool.cpp")[0][-1].name, "5")

    def test_reach(self):
        nm = ("a.o: f T 0 1\na.o: g U\nb.o: g T 0 1\nb.o: h W 0 1\n"
              "c.o: k T 0 1\nc.o: _GLOBAL__sub_I_k t 0 1\nc.o: f U\n")
        needs, defined_by, starters = reach.read_symbols(nm)
        self.assertEqual(needs, {"a.o": {"g"}, "b.o": set(), "c.o": {"f"}})
        self.assertEqual(defined_by, {"f": ["a.o"], "g": ["b.o"], "h": ["b.o"], "k": ["c.o"]})
        self.assertEqual(starters, {"c.o"})

    def test_limits(self):
        begin = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            ran = limits.run(["sh", "-c", "echo before; sleep 60"], folder, 1)
            self.assertTrue(ran.timed_out)
            self.assertEqual(ran.output, "before\n")
            self.assertEqual(limits.run(["sh", "-c", "kill -SEGV $$"], folder, 9).code, -11)
            eats = [sys.executable, "-c", "x = bytearray(2 ** 30)"]
            self.assertNotEqual(limits.run(eats, folder, 20, gigabytes=0.5).code, 0)
            # A child left behind with the output open holds nothing up.
            self.assertEqual(limits.run(["sh", "-c", "sleep 60 & exit 3"], folder, 30).code, 3)
        self.assertLess(time.monotonic() - begin, 25)


def result(path, line, outcome, **more):
    return {"key": f"{path}:{line}", "path": path, "line": line, "rule": "bounds", "minus": "a < b",
            "plus": "a <= b", "outcome": outcome, "test": "", "how": "", "doubtful": [], **more}


class Results(unittest.TestCase):
    def test_table(self):
        found = [result("src/io/b.cpp", 3, "passed"), result("src/io/a.cpp", 7, "same object"),
                 result("src/core/a.cpp", 12, "noticed", test="pool", how="hung"),
                 result("src/io/a.cpp", 4, "noticed", test="zip", how="failed", doubtful=["late"])]
        text = results.table(found, mutate.outcomes("all"))
        self.assertEqual(text.splitlines()[:4], [
            'src/core/a.cpp:12  noticed by "pool" (hung)  [bounds]', "    - a < b", "    + a <= b",
            'src/io/a.cpp:4  noticed by "zip"; failed once: late  [bounds]'])
        rows = [line.split() for line in text.splitlines()[-3:]]
        self.assertEqual(rows, [["core", "1", "0", "0", "1", "1", "0", "100"],
                                ["io", "3", "0", "1", "1", "0", "1", "50"],
                                ["all", "4", "0", "1", "2", "1", "1", "67"]])
        self.assertIn("src/io/b.cpp:3", results.table(found, ("passed",)))
        self.assertNotIn("src/core/a.cpp", results.table(found, ("passed",)))
        with self.assertRaises(mutate.Failure):
            mutate.outcomes("pased")

    def test_a_file_that_was_cut_off(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.jsonl"
            results.append(path, result("src/io/a.cpp", 1, "passed"))
            path.write_text(path.read_text() + json.dumps(result("src/io/a.cpp", 2, "x"))[:-9])
            results.append(path, result("src/io/a.cpp", 1, "noticed"))
            found = results.read([path, Path(folder) / "none"])
            self.assertEqual([one["outcome"] for one in found.values()], ["noticed"])


if __name__ == "__main__":
    unittest.main()
