#include "config/rewrite_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/regex_check.h"
#include "prober/ascii.h"

namespace prober::config {
namespace {

bool breaks_line(std::string_view text) {
  return text.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos;
}

constexpr std::string_view kBreak = "value does not match regex pattern \"^[^\\u0000\\n\\r]*$\"";
constexpr std::string_view kProtectedSet = ":-prefixed or host headers may not be modified";
constexpr std::string_view kProtectedRemoved = ":-prefixed or host headers may not be removed";

bool is_protected(std::string_view name) {
  return name.starts_with(':') || same_letters(name, "host");
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::vector<std::string> read_removed(const Fields& fields) {
  constexpr std::string_view kKey = "remove_request_headers";
  std::vector<std::string> out = fields.strings(kKey);
  for (const std::string& name : out) {
    const Value where = fields.where(kKey);
    if (name.empty() || breaks_line(name)) {
      fields.problems().all_down(
          where, FaultEffect::RouteNotFound,
          fmt::format("`{}` has {}", kKey,
                      name.empty() ? "an empty name" : "a name with a line break"),
          name.empty() ? "value length must be at least 1 characters" : kBreak);
    } else if (is_protected(name)) {
      fields.problems().all_down(where, FaultEffect::RouteNotFound,
                                 fmt::format("`{}` must not have {}", kKey, shown(name)),
                                 kProtectedRemoved);
    }
  }
  return out;
}

// Only Pomerium can fill in a placeholder, so the header is left out of the probe.
bool has_placeholder(std::string_view value) {
  return value.find("${pomerium.") != std::string_view::npos ||
         value.find("$pomerium.") != std::string_view::npos;
}

std::vector<HeaderField> read_set(const Fields& fields, const std::vector<std::string>& removed) {
  constexpr std::string_view kKey = "set_request_headers";
  std::vector<HeaderField> out;
  Problems& problems = fields.problems();
  const Value where = fields.where(kKey);
  for (HeaderField& field : fields.headers(kKey)) {
    const bool gone = std::ranges::any_of(
        removed, [&field](const std::string& name) { return same_letters(name, field.name); });
    if (gone) {
      problems.warning(where, fmt::format("{} stands in `{}` and in `remove_request_headers`: it "
                                          "is removed",
                                          shown(field.name), kKey));
      continue;
    }
    if (same_letters(field.name, "host")) {
      problems.route_down(where, FaultEffect::HostRewritten,
                          "`Host` in `set_request_headers` makes Envoy look the route up again, "
                          "under that host; use `host_rewrite`",
                          "");
      continue;
    }
    if (has_placeholder(field.value)) {
      problems.warning(where, fmt::format("only Pomerium knows the value of {} in `{}`: the probe "
                                          "is sent without it",
                                          shown(field.name), kKey));
      continue;
    }
    if (!is_token(field.name)) {
      problems.warning(where,
                       fmt::format("{} in `{}` is no name of a header: where the upstream can be "
                                   "connected to, requests end with 503 "
                                   "filter_removed_required_request_headers",
                                   shown(field.name), kKey));
    }
    out.push_back(std::move(field));
  }
  return out;
}

void check_patterns(const Fields& fields, const RequestRewrite& rewrite) {
  if (!rewrite.prefix_rewrite) {
    check_regex(fields, "regex_rewrite_pattern");
    check_line(fields, "regex_rewrite_substitution");
  }
  check_line(fields, "prefix_rewrite");
  if (!rewrite.host_rewrite.empty()) {
    check_line(fields, "host_rewrite");
  } else if (!rewrite.host_rewrite_header.empty()) {
    check_line(fields, "host_rewrite_header");
  } else {
    check_regex(fields, "host_path_regex_rewrite_pattern");
    check_line(fields, "host_path_regex_rewrite_substitution");
  }
}

}  // namespace

void check_line(const Fields& fields, std::string_view key) {
  if (breaks_line(fields.string(key).value_or(""))) {
    fields.problems().all_down(fields.where(key), FaultEffect::RouteNotFound,
                               fmt::format("`{}` has a line break", key), kBreak);
  }
}

void check_regex(const Fields& fields, std::string_view key) {
  const std::string pattern = fields.string(key).value_or("");
  const std::string fault = pattern.empty() ? "" : regex_fault(pattern);
  if (!fault.empty()) {
    fields.problems().all_down(fields.where(key), FaultEffect::RouteNotFound,
                               fmt::format("`{}` is not a regular expression of RE2", key), fault);
  }
}

void check_response_headers(const Fields& fields) {
  constexpr std::string_view kKey = "set_response_headers";
  for (const HeaderField& field : fields.headers(kKey)) {
    std::string what = "an empty name";
    std::string_view words = "value length must be at least 1 characters";
    if (!field.name.empty() && (breaks_line(field.name) || breaks_line(field.value))) {
      what = "a line break";
      words = kBreak;
    } else if (!field.name.empty() && is_protected(field.name)) {
      what = shown(field.name);
      words = kProtectedSet;
    } else if (!field.name.empty()) {
      continue;
    }
    fields.problems().all_down(fields.where(kKey), FaultEffect::RouteNotFound,
                               fmt::format("`{}` must not have {}", kKey, what), words);
  }
}

std::shared_ptr<const RequestRewrite> read_rewrite(const Fields& fields,
                                                   const RouteDefaults& defaults,
                                                   const Route& route) {
  constexpr std::array<std::string_view, 10> kKeys = {"preserve_host_header",
                                                      "host_rewrite",
                                                      "host_rewrite_header",
                                                      "host_path_regex_rewrite_pattern",
                                                      "host_path_regex_rewrite_substitution",
                                                      "prefix_rewrite",
                                                      "regex_rewrite_pattern",
                                                      "regex_rewrite_substitution",
                                                      "set_request_headers",
                                                      "remove_request_headers"};
  if (std::ranges::none_of(kKeys, [&](std::string_view key) { return fields.has(key); })) {
    return defaults.rewrite;
  }
  auto out = std::make_shared<RequestRewrite>();
  out->preserve_host_header = fields.boolean("preserve_host_header").value_or(false);
  out->host_rewrite = fields.string("host_rewrite").value_or("");
  out->host_rewrite_header = fields.string("host_rewrite_header").value_or("");
  out->host_path_regex_pattern = fields.string("host_path_regex_rewrite_pattern").value_or("");
  out->host_path_regex_substitution =
      fields.string("host_path_regex_rewrite_substitution").value_or("");
  if (std::string prefix = fields.string("prefix_rewrite").value_or(""); !prefix.empty()) {
    out->prefix_rewrite = std::move(prefix);
  }
  out->regex_rewrite_pattern = fields.string("regex_rewrite_pattern").value_or("");
  out->regex_rewrite_substitution = fields.string("regex_rewrite_substitution").value_or("");
  if (out->prefix_rewrite && !out->regex_rewrite_pattern.empty()) {
    fields.problems().refused(
        fields.where("prefix_rewrite"),
        "only one of `prefix_rewrite` and `regex_rewrite_pattern` can be given",
        "config: only prefix_rewrite or regex_rewrite_pattern can be specified, but not both");
  }
  const bool proxied = !fields.has("redirect") && !fields.has("response") && !route.to.empty();
  if (proxied) {
    check_patterns(fields, *out);
  }
  out->remove_request_headers = read_removed(fields);
  out->set_request_headers = read_set(fields, out->remove_request_headers);
  return out;
}

}  // namespace prober::config
