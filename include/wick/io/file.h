/// \file
/// Files as wholes: how the library reads and writes every file.
///
/// ### Reading: mapped or copied
/// load_safetensors, load_torch, load_npy, load_npz and load_state map their file into memory: the
/// tensors refer to the mapping, which lives as long as they do, a page of it is read from the disk
/// when it is used, and many processes share it. Writing into such a tensor changes this process's
/// memory, never the file. (Copied at once, whatever the options, are bools, elements that are not
/// aligned, in the other byte order or in Fortran's order, and what the file has compressed.)
///
/// While tensors of a mapped file live, the file must stay as it is:
///   - To replace it, or to remove its name, is fine: the tensors keep the old content. All of the
///     library's writers replace files, and so do `mv`, rsync, package managers and most editors.
///   - If somebody writes into it, the tensors may show the old or the new bytes, page by page.
///   - If somebody makes it shorter (`cp` onto it, `truncate`), reading an element that is no
///     longer there raises SIGBUS, which ends the process.
///     So it does where a disk or a network file system fails. No program can turn that into an
///     exception.
///
/// Where that cannot be ruled out, read a copy: `load_safetensors(path, {.mmap = false})`. It takes
/// its memory at once, is independent of the file from then on, and a file that is cut short while
/// it is read is a FileError. read_file and read_csv always copy.
///
/// ### Writing: whole or not at all
/// All writers of the library work as write_file does, below.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wick/error.h"
#include "wick/export.h"

namespace wick::io {

/// How the functions that load tensors read their file.
struct ReadOptions {
  /// Map the file instead of copying it; see the top of wick/io/file.h for what that asks for.
  bool mmap = true;
};

/// The bytes of a file. Throws FileError, with the path and the reason, if it cannot be read or has
/// more than `max_bytes`.
WICK_API std::string read_file(const std::string& path, int64_t max_bytes = INT64_MAX);

/// Puts `bytes` into the file `path`, atomically: they are written to a new file in the same
/// folder, flushed to the disk, and renamed, so that a reader, or a crash at any moment, finds the
/// old file or the new one, and what is written when the function returns survives a loss of power.
/// Throws FileError if it cannot be written; then the old file is as it was, and no other is left.
///
///   - Through a symbolic link, the file that it leads to is written, also where there is none yet.
///   - Owner, group, mode, access control list and extended attributes of a file that is replaced
///     stay, as far as the system lets: only root can give files away. Hard links to the old file
///     keep the old content.
///   - A file that is read-only is refused, also for root, and so is one that this process may not
///     write.
///   - What a process that was killed while it saved leaves, `.wick-<digits>-<n>.tmp`, goes with
///     the next save of the same file; that of a process that is still saving is not.
///   - Devices and pipes, /dev/stdout among them, are written to and not replaced; a pipe with a
///     name waits for somebody who reads it.
///   - Neither a limit on the size of files (SIGXFSZ) nor a pipe that nobody reads (SIGPIPE) ends
///     the process: both are a FileError.
WICK_API void write_file(const std::string& path, std::string_view bytes);

}  // namespace wick::io
