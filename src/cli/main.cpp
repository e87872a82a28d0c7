// wick: looks at, runs, measures and converts models in JSON files.
#include "wick/cli.h"

int main(int argc, char** argv) { return wick::cli::main(argc, argv); }
