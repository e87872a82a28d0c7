#include "io/pickle.h"

#include "io/unpickler.h"

namespace wick::io {

Pickle unpickle(std::shared_ptr<const MappedFile> file, int64_t begin) {
  return Unpickler(std::move(file), begin).run();
}

}  // namespace wick::io
