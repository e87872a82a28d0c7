#!/bin/sh
# Sets everything up and runs the feed-forward example. Safe to run again.
. "$(dirname -- "$0")/setup.sh"

configure release
build release transformer_ffn
say "running build/release/examples/transformer_ffn"
exec build/release/examples/transformer_ffn
