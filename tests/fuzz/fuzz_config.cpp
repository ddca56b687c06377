// Files of routes: a first line of "---8<---" apart, so that the joining of files is reached too.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.h"
#include "require.h"

namespace {

using prober::fuzz::require;

constexpr std::string_view kCut = "\n---8<---\n";

std::vector<prober::config::Document> documents_of(std::string_view text) {
  std::vector<prober::config::Document> out;
  for (std::size_t cut = text.find(kCut); cut != std::string_view::npos; cut = text.find(kCut)) {
    out.push_back({"file.yaml", std::string(text.substr(0, cut))});
    text.remove_prefix(cut + kCut.size());
  }
  out.push_back({"last.yaml", std::string(text)});
  return out;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto documents = documents_of({reinterpret_cast<const char*>(data), size});
  const auto loaded = prober::config::load_documents(documents, {.files_must_exist = false});
  const bool error =
      std::ranges::any_of(loaded.diagnostics, [](const auto& one) { return one.blocks(); });
  require(error != loaded.configuration.has_value(), "a configuration and an error, or neither");
  for (const auto& one : loaded.diagnostics) {
    require(one.position.line >= 1, "a problem without a line");
    require(!one.message.empty(), "a problem without a message");
    require(one.message.find('\n') == std::string::npos, "a message of several lines");
  }
  if (loaded.configuration) {
    for (const auto& route : loaded.configuration->routes) {
      require(!route.name.empty(), "a route without a name");
    }
  }
  return 0;
}
