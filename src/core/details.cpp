// `prober explain`: response code details without a measurement.
//
// The text may be bare details, details within another text (Pomerium's page, a log line), the body
// that Envoy writes by itself, or a part of details, each in today's or an older spelling.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>

#include "details_table.h"
#include "prober/explanation.h"

namespace prober {
namespace {

constexpr std::string_view kBefore = "upstream_reset_before_response_started";
constexpr std::string_view kAfter = "upstream_reset_after_response_started";
constexpr std::string_view kQuotesAndSpace = " \t\r\n\"'`";
constexpr std::string_view kDelayed = "delayed_connect_error:_";
constexpr std::string_view kOldFailure = "connection_failure|";
constexpr std::string_view kResetReason = "reset_reason:_";
constexpr std::string_view kTransportReason = ",_transport_failure_reason:_";

// Older names, and the bodies of Envoy's own answers: source/common/http/codes and
// response_code_details of the versions that had them.
struct Alias {
  std::string_view text;
  std::string_view name;
};
constexpr std::array kAliases = std::to_array<Alias>({
    {"upstream_response_timeout", "response_timeout"},
    {"upstream_request_timeout", "response_timeout"},
    {"stream_timeout", "stream_idle_timeout"},
    {"downstream_duration_timeout", "max_duration_timeout"},
    {"request_timeout", "request_overall_timeout"},
    {"envoy_overloaded", "overload"},
});

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

bool is_word(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

std::string underscored(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, is_space, '_');
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kQuotesAndSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kQuotesAndSpace) - first + 1);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The words of `name` in `text`, where a space may stand for each "_"; npos when they are not there
// as words of their own.
std::size_t find_words(std::string_view text, std::string_view name) {
  const auto same = [](char a, char b) { return a == b || (b == '_' && is_space(a)); };
  for (std::size_t at = 0; at + name.size() <= text.size(); ++at) {
    const std::size_t end = at + name.size();
    const bool whole =
        (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
    if (whole && std::ranges::equal(text.substr(at, name.size()), name, same)) {
      return at;
    }
  }
  return std::string_view::npos;
}

// "TLS_error:_n:..." of older Envoys, with a space between several errors, has a bar before each
// number and an end mark today.
void renew_tls_error(std::string& text) {
  const std::size_t start = text.find("TLS_error:");
  if (start == std::string::npos) {
    return;
  }
  bool old = false;
  for (std::size_t at = text.find('_', start + 4); at != std::string::npos;
       at = text.find('_', at + 1)) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at + 1), text.size());
    if (end - at > 7 && end < text.size() && text[end] == ':') {
      text[at] = '|';
      old = true;
    }
  }
  if (old && text.find("TLS_error_end") == std::string::npos) {
    text.insert(text.ends_with('}') ? text.size() - 1 : text.size(), ":TLS_error_end");
  }
}

// "delayed_connect_error:_111" of older Envoys.
void renew_errno(std::string& text) {
  const std::size_t found = text.find(kDelayed);
  if (found == std::string::npos) {
    return;
  }
  const std::size_t start = found + kDelayed.size();
  const std::size_t end = std::min(text.find_first_not_of("0123456789", start), text.size());
  int number = 0;
  std::from_chars(text.data() + start, text.data() + end, number);
  if (end > start && number > 0) {
    text.replace(start, end - start, underscored(std::strerror(number)));
  }
}

// The inside of the braces in today's spelling: "," was "|", and connection_failure has become
// three reasons, which the rest of the text tells apart.
std::string renewed(std::string inside) {
  const std::size_t comma = inside.find(',');
  if (comma != std::string::npos && comma < inside.find('|')) {
    inside[comma] = '|';
    if (inside.substr(comma + 1, 1) == "_") {
      inside.erase(comma + 1, 1);
    }
  }
  renew_tls_error(inside);
  renew_errno(inside);
  if (inside.starts_with(kOldFailure)) {
    const bool local = inside.find("failed_to_bind") != std::string::npos;
    inside.insert(0, local ? "local_" : "remote_");
  }
  return inside;
}

const DetailsEntry* find(std::span<const DetailsEntry> list, std::string_view name) {
  const auto found = std::ranges::find(list, name, &DetailsEntry::name);
  return found == list.end() ? nullptr : &*found;
}

std::vector<std::string> texts_of(std::span<const std::string_view> texts) {
  std::vector<std::string> out;
  for (const std::string_view text : texts) {
    if (!text.empty()) {
      out.emplace_back(text);
    }
  }
  return out;
}

DetailsExplanation from_entry(const std::string& details, const DetailsEntry& entry) {
  return {details,
          error_name(details),
          std::string(entry.meaning),
          texts_of(entry.causes),
          texts_of(entry.checks),
          entry.docs};
}

void add_transport(DetailsExplanation& out, const std::string& transport) {
  if (transport.empty()) {
    return;
  }
  const auto reasons = transport_reasons();
  const auto known = std::ranges::find_if(reasons, [&transport](const TransportReason& one) {
    return transport.find(one.words) != std::string::npos;
  });
  if (known != reasons.end()) {
    out.causes = {std::string(known->cause)};
    out.checks.insert(out.checks.begin(), std::string(known->check));
  }
}

// `inside`: what stands in the braces, renewed.
std::optional<DetailsExplanation> explain_reset(std::string_view name, const std::string& inside) {
  const std::size_t bar = std::min(inside.find('|'), inside.size());
  const DetailsEntry* reason = find(reset_reasons(), std::string_view(inside).substr(0, bar));
  if (reason == nullptr) {
    return std::nullopt;
  }
  DetailsExplanation out = from_entry(fmt::format("{}{{{}}}", name, inside), *reason);
  if (name == kAfter) {
    out.meaning +=
        " The upstream's answer had begun: the visitor gets a part of it, and the log shows the "
        "upstream's own status.";
  }
  add_transport(out, inside.substr(bar));
  return out;
}

DetailsExplanation explain_reset_without_reason(std::string_view name) {
  const bool before = name == kBefore;
  return {std::string(name),
          std::string(name),
          before ? "The exchange with the upstream was broken off before its answer began: 503, or "
                   "502 when the answer was not valid HTTP. Why stands in braces after the name."
                 : "The upstream's answer had begun and was broken off: the visitor gets a part of "
                   "it. Why stands in braces after the name.",
          {"The connection was refused, timed out, failed in TLS, or was closed by the upstream."},
          {"The whole text: response-code-details in Pomerium's access log, or the error page.",
           "prober --once shows which it is."},
          kErrorDocs};
}

std::optional<DetailsExplanation> reset_in(std::string_view text) {
  for (const std::string_view name : {kBefore, kAfter}) {
    const std::size_t at = find_words(text, name);
    if (at == std::string_view::npos) {
      continue;
    }
    const std::string rest = underscored(text.substr(at + name.size()));
    if (!rest.starts_with('{')) {
      return explain_reset_without_reason(name);
    }
    const std::size_t end = std::min(rest.rfind('}'), rest.size());
    return explain_reset(name, renewed(rest.substr(1, end - 1)));
  }
  return std::nullopt;
}

// "upstream connect error or disconnect/reset before headers. retried and the latest reset reason:
// connection failure, transport failure reason: ...": the body of Envoy's own answer.
std::optional<DetailsExplanation> envoy_body_in(std::string_view text) {
  std::string flat = underscored(text);
  const std::size_t at = flat.find(kResetReason);
  if (at == std::string::npos || flat.find("reset_before_headers") == std::string::npos) {
    return std::nullopt;
  }
  flat.erase(0, at + kResetReason.size());
  replace_all(flat, kTransportReason, "|");
  while (flat.ends_with('.') || flat.ends_with('_')) {
    flat.pop_back();
  }
  return explain_reset(kBefore, renewed(flat));
}

// A part of details: what stands in the braces, or only what follows the bar there.
std::optional<DetailsExplanation> part_of_reset(const std::string& flat) {
  std::string inside = renewed(flat);
  if (auto known = explain_reset(kBefore, inside)) {
    return known;
  }
  const bool local = inside.starts_with("failed_to_bind") || inside == "socket_creation_failure";
  const bool transport = local || inside.starts_with("TLS_error:") ||
                         inside.starts_with("delayed_connect_error:") ||
                         inside.starts_with("immediate_connect_error:");
  if (!transport) {
    return std::nullopt;
  }
  return explain_reset(
      kBefore, (local ? "local_connection_failure|" : "remote_connection_failure|") + inside);
}

// The longest name wins: "upstream request timeout" also has the words "request timeout".
std::optional<DetailsExplanation> name_in(std::string_view text) {
  std::string_view best;
  std::string_view meant;
  std::size_t end = 0;
  const auto consider = [&](std::string_view words, std::string_view name) {
    const std::size_t at = find_words(text, words);
    // A single word ("overload") may stand in any sentence, so it must be the whole text.
    const bool several = words.find_first_of("_.") != std::string_view::npos;
    if (at != std::string_view::npos && (several || text == words) && words.size() > best.size()) {
      best = words;
      meant = name;
      end = at + words.size();
    }
  };
  for (const DetailsEntry& entry : details_entries()) {
    consider(entry.name, entry.name);
  }
  for (const Alias& alias : kAliases) {
    consider(alias.text, alias.name);
  }
  if (best.empty()) {
    return std::nullopt;
  }
  // What follows in braces belongs to the details: "{invalid_header_name:_x_bad}".
  const std::string rest = underscored(text.substr(end));
  const bool braces = rest.starts_with('{') && rest.contains('}');
  return from_entry(std::string(meant) + (braces ? rest.substr(0, rest.find('}') + 1) : ""),
                    *find(details_entries(), meant));
}

}  // namespace

std::optional<DetailsExplanation> explain_details(std::string_view text) {
  const std::string_view bare = trimmed(text);
  if (auto known = reset_in(bare)) {
    return known;
  }
  if (auto known = envoy_body_in(bare)) {
    return known;
  }
  if (auto known = part_of_reset(underscored(bare))) {
    return known;
  }
  return name_in(bare);
}

}  // namespace prober
