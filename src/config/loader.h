#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prober/route.h"

namespace prober::config {

enum class Severity { Error, Warning };

/// One problem in a file. The message is one line without the position.
struct Diagnostic {
  Severity severity = Severity::Error;
  SourcePosition position;
  std::string message;
};

/// "prober.yaml:12:5: error: no `to`", the form that editors and CI understand.
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

struct LoadOptions {
  bool files_must_exist = true;  // false: an unreadable CA or key file is only a warning
};

struct Loaded {
  std::optional<Configuration> configuration;  // nothing when there is an error
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
