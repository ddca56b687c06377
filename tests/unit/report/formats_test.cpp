#include <doctest/doctest.h>

#include <string>

#include "report/report.h"

namespace prober::report {
namespace {

TEST_CASE("formats: names are those of the command line, and all are listed") {
  CHECK(format_from_name("human") == Format::Human);
  CHECK(format_from_name("json") == Format::Json);
  for (const char* unknown : {"", "JSON", "xml", "human "}) {
    CAPTURE(unknown);
    CHECK_FALSE(format_from_name(unknown));
  }
  const std::string names = format_names();
  CHECK(names.contains("human"));
  CHECK(names.contains("json"));
}

}  // namespace
}  // namespace prober::report
