#include "wick/error.h"

namespace wick {

Error::Error(const std::string& message)
    : std::runtime_error(message), text_(std::make_shared<std::string>(message)) {}
Error::Error(const Error&) = default;
Error& Error::operator=(const Error&) = default;
Error::~Error() = default;

const char* Error::what() const noexcept { return text_->c_str(); }

void Error::set_context(std::string_view context) {
  text_ = std::make_shared<std::string>(std::string(context) + ": " + std::runtime_error::what());
}

ShapeError::~ShapeError() = default;
IndexError::~IndexError() = default;
TypeError::~TypeError() = default;
ValueError::~ValueError() = default;
FileError::~FileError() = default;

}  // namespace wick
