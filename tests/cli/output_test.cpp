#include "cli/output.h"

#include <catch.h>

#include "cli/dot.h"
#include "cli/problems.h"
#include "cli/progress.h"
#include "cli/suggest.h"

namespace wick::cli {

TEST_CASE("tables line up by characters") {
  Table table({"Name", "Size"}, "lr");
  table.add({"é", "1,000"});
  table.add({"longer", "2"});
  CHECK(table.text(Style()) == "Name     Size\né       1,000\nlonger      2\n");
}

TEST_CASE("numbers for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1050624) == "1,050,624");
  CHECK(grouped(-1000) == "-1,000");
  CHECK(grouped(-100) == "-100");
  CHECK(counted(1, "layer") == "1 layer");
  CHECK(counted(2048, "layer") == "2,048 layers");
}

TEST_CASE("text from files cannot speak to the terminal") {
  CHECK(printable("plain é 漢") == "plain é 漢");
  CHECK(printable("\x1b[31m\tred\x7f") == "?[31m red?");
  CHECK(printable("\xC2\x9B"
                  "31m") == "??31m");
  CHECK(printable("cut \xE6\xBC") == "cut ??");
  CHECK(printable("\xFF\xC0\x80") == "???");
  CHECK(printable("a\xE2\x80\xAE"
                  "b") == "a???b");  // right to left from here
  CHECK(printable("a\nb") == "a?b");
  CHECK(printable_lines("a\x1b\nb\n") == "a?\nb\n");
  Table table({"Name"}, "l");
  table.add({"a\x1b\nb"});
  CHECK(table.text(Style()) == "Name\na??b\n");
}

TEST_CASE("the line of a mistake, with a mark") {
  const Style plain;
  CHECK(marked_line(R"(  {"p": 1.5})", 7, 9, plain) ==
        "    7 |   {\"p\": 1.5}\n      |         ^~~\n");
  CHECK(marked_line(R"({"a\"b": 1})", 7, 2, plain) == "    7 | {\"a\\\"b\": 1}\n      |  ^~~~~~\n");
  CHECK(marked_line("é: [", 1, 4, plain) == "    1 | é: [\n      |    ^\n");
  CHECK(marked_line("", 12345, 1, plain) == "12345 | \n      | ^\n");
  CHECK(marked_line("ab", 1, 9, plain) == "    1 | ab\n      |   ^\n");
}

TEST_CASE("the place in a line that is too long to show") {
  const std::string line = std::string(5000, 'a') + " bad " + std::string(5000, 'b');
  const std::string text = marked_line(line, 1, 5002, Style());
  CHECK(text.find("a bad b") != std::string::npos);
  CHECK(text.size() < 250);
  const size_t bad = text.find("bad") - text.find('|');
  const size_t mark = text.find('^') - text.rfind('|');
  CHECK(bad == mark);
  CHECK(marked_line(std::string(5000, 'a'), 1, 1, Style()).size() < 250);
}

TEST_CASE("shares are the whole together") {
  CHECK(percentages({1, 1, 1}) == std::vector<std::string>{"33.4 %", "33.3 %", "33.3 %"});
  CHECK(percentages({2, 1, 0}) == std::vector<std::string>{"66.7 %", "33.3 %", "0.0 %"});
  CHECK(percentages({5}) == std::vector<std::string>{"100.0 %"});
  CHECK(percentages({0, 0}) == std::vector<std::string>{"0.0 %", "0.0 %"});
  std::vector<double> many;
  for (int i = 0; i < 37; ++i) many.push_back(0.001 * i * i);
  int64_t tenths = 0;
  for (const std::string& share : percentages(many))
    tenths += static_cast<int64_t>(std::stod(share) * 10 + 0.5);
  CHECK(tenths == 1000);
}

TEST_CASE("names that were meant") {
  const std::vector<std::string> commands{"init", "check", "summary", "run", "bench"};
  CHECK(did_you_mean("sumary", commands) == "; did you mean \"summary\"?");
  CHECK(did_you_mean("SUMMARY", commands) == "; did you mean \"summary\"?");
  CHECK(did_you_mean("urn", commands) == "; did you mean \"run\"?");
  CHECK(did_you_mean("sum", commands) == "; did you mean \"summary\"?");
  CHECK(did_you_mean("model.json", commands).empty());
  CHECK(did_you_mean("--josn", {"--json", "--input"}) == "; did you mean \"--json\"?");
  CHECK(did_you_mean("-", {"--json"}).empty());
  CHECK(did_you_mean("", {"--json"}).empty());
}

TEST_CASE("names in DOT") {
  CHECK(dot_quoted("a\x1b&lt;\x7f") == "\"a?&amp;lt;?\"");
  CHECK(dot_quoted("a") == "\"a\"");
  CHECK(dot_quoted("a\"b\\c\nd") == R"("a\"b\\c\nd")");
}

TEST_CASE("the bar") {
  CHECK(progress_text(8, 32, 1) == "[#######                       ] 25 % (8/32), 3 s left");
  CHECK(progress_text(0, 32, 1) == "[                              ] 0 % (0/32), 0 s left");
  CHECK(progress_text(32, 32, 1) == "[##############################] 100 % (32/32), 0 s left");
}

}  // namespace wick::cli
