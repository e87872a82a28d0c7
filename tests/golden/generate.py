#!/usr/bin/env python3
"""Asks the PyTorch of this python for the facts in tests/golden, all of them.

    generate.py [--out FOLDER] [--check] [--write]

Each generate_*.py beside it is the same for its own files.
"""

import sys

import golden
import generate_data
import generate_edge_values
import generate_errors
import generate_indexing
import generate_init
import generate_io_numpy
import generate_modules
import generate_printing
import generate_promotion
import generate_random
import generate_semantics
import generate_training

SCRIPTS = [generate_random, generate_printing, generate_errors, generate_modules, generate_indexing,
           generate_promotion, generate_init, generate_edge_values, generate_semantics,
           generate_io_numpy, generate_data, generate_training]

if __name__ == "__main__":
    sys.exit(golden.main(__doc__, *[script.facts for script in SCRIPTS]))
