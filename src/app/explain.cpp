#include "explain.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <string>

#include "prober/explanation.h"
#include "report/access_log.h"
#include "report/escape.h"

namespace prober::app {
namespace {

constexpr std::size_t kWidth = 80;

void print_list(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) {
    return;
  }
  fmt::print("\n{}\n", title);
  for (const std::string& item : items) {
    std::string lines = report::wrap(item, kWidth, "    ");
    lines[2] = '-';
    fmt::print("{}\n", lines);
  }
}

bool explain_one(const std::string& line) {
  const std::string details = report::details_from_log_line(line);
  const auto known = explain_details(details);
  if (!known) {
    fmt::print("{}\n\n{}\n", report::escape_control(details.empty() ? line : details),
               report::wrap("Not a text that prober knows. It knows the response code details of "
                            "Envoy and Pomerium, alone or in a JSON line of Pomerium's access log.",
                            kWidth, ""));
    return false;
  }
  // Whole, however long: it is what one searches a log for.
  fmt::print("{}\n\n", report::escape_control(known->details));
  fmt::print("{}\n", report::wrap(report::escape_control(known->meaning), kWidth, ""));
  print_list("Usual causes", known->causes);
  print_list("What to check", known->checks);
  fmt::print("\n{}\n", known->docs);
  return true;
}

}  // namespace

ExitCode run_explain(const Options& options) {
  if (!options.explain_text.empty() && options.explain_text != "-") {
    return explain_one(options.explain_text) ? ExitCode::Ok : ExitCode::Broken;
  }
  bool all_known = true;
  bool any = false;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    if (any) {
      fmt::print("\n");
    }
    any = true;
    all_known = explain_one(line) && all_known;
  }
  if (!any) {
    fmt::print(stderr, "prober: nothing to explain: give a text, or lines on standard input\n");
    return ExitCode::Configuration;
  }
  return all_known ? ExitCode::Ok : ExitCode::Broken;
}

}  // namespace prober::app
