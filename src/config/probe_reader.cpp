#include "config/probe_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/base64.h"
#include "prober/request.h"

namespace prober::config {
namespace {

constexpr std::uint64_t kMostBody = std::uint64_t{1} << 32;

template <class T, class U>
void assign(T& target, const std::optional<U>& value) {
  if (value) {
    target = static_cast<T>(*value);
  }
}

void assign_positive(Duration& target, const Fields& fields, std::string_view key,
                     bool zero_allowed) {
  const auto span = fields.duration(key);
  if (!span) {
    return;
  }
  if (*span < Duration{} || (*span == Duration{} && !zero_allowed)) {
    fields.problems().error(
        fields.where(key),
        fmt::format("`{}` must be {}", key, zero_allowed ? "0s or more" : "more than 0s"));
    return;
  }
  target = *span;
}

// "200", "200-299"
std::optional<StatusRange> parse_status(std::string_view text) {
  StatusRange out;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out.first);
  if (error != std::errc()) {
    return std::nullopt;
  }
  out.last = out.first;
  if (stop != end && *stop == '-') {
    const auto second = std::from_chars(stop + 1, end, out.last);
    error = second.ec;
    stop = second.ptr;
  }
  const bool sound = error == std::errc() && stop == end && out.first >= 0 && out.last <= 999 &&
                     out.first <= out.last;
  return sound ? std::optional(out) : std::nullopt;
}

void read_expect(const Value& block, ProbeSettings& settings, Problems& problems) {
  const Fields fields(block, "`expect`", problems);
  fields.check_own_keys(Section::Expect);
  if (const auto ips = fields.get("ips")) {
    settings.expect_ips.clear();
    for (const std::string& text : fields.strings("ips")) {
      if (const auto range = Cidr::parse(text)) {
        settings.expect_ips.push_back(*range);
      } else {
        problems.error(
            *ips, fmt::format("`{}` in `ips` is neither an address nor a range such as 10.0.0.0/8",
                              text));
      }
    }
  }
  if (const auto status = fields.get("status")) {
    settings.expect_status.clear();
    for (const std::string& text : fields.strings("status")) {
      if (const auto range = parse_status(text)) {
        settings.expect_status.push_back(*range);
      } else {
        problems.error(
            *status,
            fmt::format("`{}` in `status` is neither a status nor a range such as 200-299", text));
      }
    }
  }
  assign(settings.expect_body_contains, fields.string("body_contains"));
}

void read_body(const Fields& fields, ProbeSettings& settings) {
  if (const auto encoded = fields.string("body_base64")) {
    if (const auto body = decode_base64(*encoded)) {
      settings.body = *body;
    } else {
      fields.problems().error(fields.where("body_base64"), "`body_base64` is not base64");
    }
  }
  assign(settings.body, fields.string("body"));
  assign(settings.body_bytes, fields.number("body_bytes", 0, kMostBody));
  const int given = (fields.has("body") ? 1 : 0) + (fields.has("body_base64") ? 1 : 0) +
                    (fields.has("body_bytes") ? 1 : 0);
  if (given > 1) {
    fields.problems().error(fields.members().front().key,
                            "only one of `body`, `body_base64` and `body_bytes` can be given");
  }
}

// "80%" or 0.8
void read_warn_at(const Fields& fields, ProbeSettings& settings) {
  const auto text = fields.string("warn_at");
  if (!text) {
    return;
  }
  const bool percent = text->ends_with('%');
  double number = 0;
  const char* end = text->data() + text->size() - (percent ? 1 : 0);
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  const double share = percent ? number / 100 : number;
  if (error != std::errc() || stop != end || share <= 0 || share > 1) {
    fields.problems().error(fields.where("warn_at"),
                            "`warn_at` must be a part of a timeout such as 80%");
    return;
  }
  settings.warn_at = share;
}

void read_method(const Fields& fields, ProbeScope scope, ProbeSettings& settings) {
  assign(settings.method, fields.string("method"));
  if (is_safe_method(settings.method)) {
    return;
  }
  if (scope == ProbeScope::Global) {
    fields.problems().error(
        fields.where("method"),
        fmt::format("`method: {}` may change something, so it can only stand in a "
                    "route's own `probe`",
                    settings.method));
  } else if (settings.samples > 1) {
    fields.problems().error(
        fields.members().front().key,
        fmt::format("`samples` cannot go with `method: {}`, which may change something",
                    settings.method));
  }
}

void read_retry_policy(const Value& block, ProxySettings& settings, Problems& problems) {
  const Fields fields(block, "`retry_policy`", problems);
  fields.check_own_keys(Section::RetryPolicy);
  RetryPolicy policy;
  assign(policy.num_retries, fields.number("num_retries", 0, 1000));
  assign_positive(policy.per_try_timeout, fields, "per_try_timeout", true);
  assign_positive(policy.per_try_idle_timeout, fields, "per_try_idle_timeout", true);
  for (const std::string& text : fields.strings("retry_on")) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string_view word = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      while (word.starts_with(' ')) {
        word.remove_prefix(1);
      }
      if (!word.empty()) {
        policy.retry_on.emplace_back(word);
      }
    }
  }
  for (const std::string& text : fields.strings("retriable_status_codes")) {
    if (const auto code = parse_status(text)) {
      policy.retriable_status_codes.push_back(code->first);
    }
  }
  settings.retry_policy = std::move(policy);
}

}  // namespace

void read_probe(const Value& block, ProbeScope scope, ProbeSettings& settings, Problems& problems) {
  const Fields fields(block, "`probe`", problems);
  fields.check_own_keys(Section::Probe);
  if (fields.members().empty()) {
    return;
  }
  if (const auto path = fields.string("path")) {
    if (path->starts_with('/')) {
      settings.path = *path;
    } else {
      problems.error(fields.where("path"), "`path` must begin with a slash");
    }
  }
  if (const auto expect = fields.get("expect")) {
    read_expect(*expect, settings, problems);
  }
  assign(settings.samples, fields.number("samples", 1, 1000));
  read_method(fields, scope, settings);
  read_body(fields, settings);
  assign(settings.host, fields.string("host"));
  if (fields.has("headers")) {
    settings.headers = fields.headers("headers");
  }
  assign_positive(settings.interval, fields, "interval", false);
  assign(settings.max_body, fields.number("max_body", 0, kMostBody));
  read_warn_at(fields, settings);
}

void read_proxy(const Value& block, ProxySettings& settings, Problems& problems) {
  const Fields fields(block, "`proxy`", problems);
  fields.check_own_keys(Section::Proxy);
  if (const auto version = fields.string("envoy")) {
    constexpr std::array kVersions = {EnvoyVersion::V1_36, EnvoyVersion::V1_37, EnvoyVersion::V1_38,
                                      EnvoyVersion::V1_40};
    // Without quotes YAML makes a number of it, in which 1.40 is 1.4.
    const std::string wanted = *version == "1.4" ? "1.40" : *version;
    const auto* found =
        std::ranges::find(kVersions, wanted, [](EnvoyVersion one) { return to_string(one); });
    if (found == kVersions.end()) {
      problems.error(fields.where("envoy"), "`envoy` must be 1.36, 1.37, 1.38 or 1.40");
    } else {
      settings.envoy = *found;
    }
  }
  assign_positive(settings.connect_timeout, fields, "connect_timeout", false);
  assign_positive(settings.stream_idle_timeout, fields, "stream_idle_timeout", true);
  assign_positive(settings.max_stream_duration, fields, "max_stream_duration", true);
  assign_positive(settings.upstream_max_stream_duration, fields, "upstream_max_stream_duration",
                  true);
  if (const auto policy = fields.get("retry_policy")) {
    read_retry_policy(*policy, settings, problems);
  }
}

}  // namespace prober::config
