#!/bin/sh
# definitions.sh <repository>
# What src/.../X.h declares, X.cpp beside it defines, or one of X_*.cpp, the parts of what would be
# too long for one file: functions, and the members of classes. Prints what stands elsewhere, and
# fails. It reads the layout that clang-format gives: what is at namespace
# scope begins a line.
set -eu
cd "$1"

found=$(
  find src -name '*.h' -o -name '*.cpp' | LC_ALL=C sort | xargs awk '
  # What stands before the first "(" of a function, without what it returns; "" if it is none.
  function name_of(text) {
    if (text ~ /^(#|\/\/|namespace|using|typedef|static_assert|extern|friend|enum|WICK_|HWY_|[A-Z_]+\()/)
      return ""
    sub(/^template <.*> /, "", text)
    if (text !~ /\(/ || text ~ /^[^(]*=/) return ""
    sub(/\(.*/, "", text)
    if (text ~ /operator/) return ""
    sub(/^.*[ *&]/, "", text)
    sub(/<[a-z0-9 _,A-Z]*>$/, "", text)
    sub(/^([a-z_]+::)+/, "", text)
    return text
  }

  # Whether the .cpp file is that of the header, or one of its parts.
  function is_part(file, of) { return index(file, of ".") == 1 || index(file, of "_") == 1 }

  FNR == 1 {
    statement = ""
    stem = FILENAME
    sub(/\.(h|cpp)$/, "", stem)
    header = FILENAME ~ /\.h$/
    split(FILENAME, parts, "/")
    layer = parts[2]
  }
  /^(class|struct) [A-Za-z_:]+.*\{$/ && header {
    class = $2
    sub(/^.*(class|struct) /, "", class)
    class_of[class, layer] = class_of[class, layer] " " stem
  }
  /^[A-Za-z_]/ || statement != "" {
    if (statement == "" && $0 ~ /^(template|class|struct|enum|namespace|using|public|private)/ &&
        $0 !~ /\(/) next
    statement = statement " " $0
    sub(/^ /, "", statement)
    if (statement !~ /[;{}]/) next
    name = name_of(statement)
    ends_in_body = statement ~ /\{/
    inline = statement ~ /^(inline|constexpr|template|static)/
    statement = ""
    if (name == "") next
    if (header && !ends_in_body && !inline) declared[stem, name] = FILENAME ":" FNR
    if (header && ends_in_body) defined[stem, name]
    if (header || !ends_in_body) next
    places[name] = places[name] " " FILENAME
    if (name ~ /::/) member[FILENAME, name]
  }
  END {
    for (key in declared) {
      split(key, part, SUBSEP)
      if ((part[1], part[2]) in defined) continue
      n = split(places[part[2]], files, " ")
      for (i = 1; i <= n && !is_part(files[i], part[1]); i++);
      if (i > n && n > 0)
        printf "%s: %s is not defined in %s.cpp but in%s\n", declared[key], part[2], part[1],
               places[part[2]]
    }
    for (key in member) {
      split(key, part, SUBSEP)
      class = part[2]
      sub(/::[^:]*$/, "", class)
      sub(/^.*::/, "", class)
      sub(/<.*/, "", class)
      split(part[1], parts, "/")
      n = split(class_of[class, parts[2]], stems, " ")
      for (i = 1; i <= n && !is_part(part[1], stems[i]); i++);
      if (i > n && n > 0) printf "%s: %s belongs to%s.h\n", part[1], part[2], class_of[class, parts[2]]
    }
  }
  ' | LC_ALL=C sort
)
if [ -n "$found" ]; then
  printf '%s\n' "$found"
  exit 1
fi
