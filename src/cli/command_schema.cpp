// wick schema: the JSON Schema of model files.
#include "cli/command.h"
#include "cli/output.h"
#include "wick/nn/model_file.h"

namespace wick::cli {

Command schema_command(CLI::App& program) {
  CLI::App* command = add_command(
      program, "schema", "Print the JSON Schema of model files",
      "Editors that know the schema complete the names of layers and options, and underline\n"
      "mistakes: name it in the \"$schema\" of a model file.\n\n"
      "Example:\n  wick schema > wick-model.schema.json\n");
  return {command, [] {
            print(nn::model_schema());
            return exit_ok;
          }};
}

}  // namespace wick::cli
