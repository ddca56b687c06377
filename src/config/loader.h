#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "prober/route.h"

namespace prober::config {

/// What a problem leads to, from bad to harmless.
enum class Consequence {
  Invalid,         // prober cannot use the file, or its own keys in it
  RefusesToStart,  // Pomerium does not start with this file
  AllRoutesDown,   // Pomerium starts, and no route works
  RouteDown,       // this route does not work, the others do
  Ignored,         // Pomerium acts as if the key were not there
  Note,            // it works, but perhaps not as meant
};

/// "refuses to start", "takes every route down" ...; "" for Invalid and Note.
[[nodiscard]] std::string_view to_string(Consequence consequence);

/// One problem in a file. The message is one line without the position and the consequence.
struct Diagnostic {
  Consequence consequence = Consequence::Invalid;
  SourcePosition position;
  std::string message;
  bool unless_environment = false;  // a variable that was not read (LoadOptions) may make it good

  /// Everything that takes a route down is an error, the rest is a warning.
  [[nodiscard]] bool is_error() const { return consequence <= Consequence::RouteDown; }
  /// Nothing can be said of the routes: Pomerium would not run, or prober does not know what to do.
  [[nodiscard]] bool blocks() const {
    return consequence <= Consequence::RefusesToStart && !unless_environment;
  }
};

/// "prober.yaml:12:5: error: refuses to start: a route without `from`", the form that editors and
/// CI understand.
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

/// Name and value of an environment variable.
using Environment = std::vector<std::pair<std::string, std::string>>;

struct LoadOptions {
  bool files_must_exist = true;  // false: an unreadable CA or key file is only a warning
  Environment environment;       // taken as Pomerium takes it: an upper-case key wins over the file
};

struct Loaded {
  std::optional<Configuration> configuration;  // nothing when a problem blocks
  std::vector<Diagnostic> diagnostics;         // every problem, in the order of files and lines
};

/// A file that is already in memory: its name for messages, and its text.
struct Document {
  std::string name;
  std::string text;
};

/// Reads prober's own files and Pomerium's, together, as README.md says. Never throws.
[[nodiscard]] Loaded load_files(const std::vector<std::string>& paths, const LoadOptions& options);
[[nodiscard]] Loaded load_documents(const std::vector<Document>& documents,
                                    const LoadOptions& options);

/// "yaml-cpp 0.7.0": the one compiled with; the library cannot say which is loaded.
[[nodiscard]] std::string library_version();

}  // namespace prober::config
