#include "observation_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "prober/address.h"

namespace prober::recordings {
namespace {

constexpr std::array<std::string_view, 4> kStages = {"dns", "tcp", "tls", "http"};
constexpr std::array<std::string_view, 6> kConnects = {"not-started", "connected",  "immediate",
                                                       "delayed",     "bind-error", "timed-out"};
constexpr std::array<std::string_view, 3> kTlsEnds = {"none", "error", "closed"};
constexpr std::array<std::string_view, 8> kEnds = {"unfinished", "answered", "violation", "fin",
                                                   "rst",        "limit",    "connected", "failed"};
constexpr std::array<std::string_view, 5> kSecondLooks = {"none", "open", "reset", "closed",
                                                          "other"};
constexpr auto kLimits = std::to_array<Limit>(
    {Limit::None, Limit::ConnectTimeout, Limit::RouteTimeout, Limit::StreamIdleTimeout,
     Limit::RequestTimeout, Limit::MaxStreamDuration, Limit::UpstreamMaxStreamDuration,
     Limit::PerTryTimeout, Limit::PerTryIdleTimeout});
constexpr auto kLookups = std::to_array<LookupStatus>(
    {LookupStatus::Literal, LookupStatus::Ok, LookupStatus::NoData, LookupStatus::NotFound,
     LookupStatus::ServerFailure, LookupStatus::Refused, LookupStatus::FormatError,
     LookupStatus::Timeout, LookupStatus::NoServer, LookupStatus::BadName,
     LookupStatus::Interrupted});

std::string escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == ',' || c == '%') {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ec == std::errc()) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// "a,b"; an empty list is "-", so that a list with an empty element differs from it.
std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    out += (i == 0 ? "" : ",") + escaped(list[i]);
  }
  return list.empty() ? "-" : out;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  if (text == "-") {
    return out;
  }
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = text.find(',');
    out.push_back(unescaped(text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? 0 : comma + 1);
  }
  return out;
}

// One line: a word, then "name=value" or a name alone.
class Line {
 public:
  explicit Line(std::string_view word) : text_(word) {}
  Line& with(std::string_view name, std::string_view value) {
    text_ += ' ';
    text_ += name;
    text_ += '=';
    text_ += value;
    return *this;
  }
  Line& with(std::string_view name, long long value) { return with(name, std::to_string(value)); }
  Line& flag(std::string_view name, bool set) {
    if (set) {
      text_ += ' ';
      text_ += name;
    }
    return *this;
  }
  [[nodiscard]] std::string end() const { return text_ + "\n"; }

 private:
  std::string text_;
};

std::string lookup_line(const Lookup& lookup) {
  std::vector<std::string> addresses;
  for (const IpAddress& one : lookup.addresses) {
    addresses.push_back(one.to_string());
  }
  return Line("lookup")
      .with("upstream", static_cast<long long>(lookup.upstream))
      .with("name", escaped(lookup.name))
      .with("status", to_string(lookup.status))
      .with("addresses", joined(addresses))
      .end();
}

std::string tls_line(const TlsFacts& tls) {
  std::vector<std::string> errors;
  for (const TlsError& one : tls.errors) {
    errors.push_back(std::to_string(one.number) + ":" + one.text);
  }
  std::vector<std::string> problems;
  for (const VerifyProblem& one : tls.problems) {
    problems.push_back(std::to_string(one.depth) + ":" + one.text);
  }
  Line out("tls");
  out.flag("completed", tls.completed).with("end", kTlsEnds.at(static_cast<std::size_t>(tls.end)));
  if (!errors.empty()) {
    out.with("errors", joined(errors));
  }
  if (!problems.empty()) {
    out.with("problems", joined(problems));
  }
  out.flag("name-mismatch", tls.name_mismatch);
  if (!tls.chain.empty()) {
    out.with("sans", joined(tls.chain.front().sans));
  }
  return out.end();
}

std::string http_line(const HttpFacts& http) {
  Line out("http");
  out.with("version", http.version == HttpVersion::Http2 ? "2" : "1")
      .with("bytes", static_cast<long long>(http.bytes));
  if (!http.interim.empty()) {
    std::vector<std::string> interim;
    for (const int one : http.interim) {
      interim.push_back(std::to_string(one));
    }
    out.with("interim", joined(interim));
  }
  if (http.status) {
    out.with("status", *http.status);
  }
  out.flag("complete", http.complete).flag("close-delimited", http.close_delimited);
  if (http.violation) {
    out.with("violation", escaped(http.violation->what))
        .flag("after-head", http.violation->after_head);
  }
  if (http.reset_code) {
    out.with("reset", *http.reset_code);
  }
  if (http.goaway_code) {
    out.with("goaway", *http.goaway_code);
  }
  out.flag("refused-by-goaway", http.refused_by_goaway)
      .flag("head-too-large", http.head_too_large)
      .flag("grpc", http.grpc_request);
  return out.end();
}

std::string attempt_lines(const Attempt& attempt) {
  Line out("attempt");
  out.with("upstream", static_cast<long long>(attempt.upstream))
      .with("address", attempt.endpoint.ip.to_string())
      .with("port", attempt.endpoint.port)
      .with("stage", to_string(attempt.stage))
      .with("connect", kConnects.at(static_cast<std::size_t>(attempt.connect)));
  if (attempt.os_error != 0) {
    out.with("errno", attempt.os_error);
  }
  if (!attempt.bind_address.empty()) {
    out.with("bind", attempt.bind_address);
  }
  out.with("end", kEnds.at(static_cast<std::size_t>(attempt.end)));
  if (attempt.limit != Limit::None) {
    out.with("limit", to_string(attempt.limit));
  }
  out.flag("request-complete", attempt.request_complete);
  if (attempt.second_look != SecondLook::NotMade) {
    out.with("second-look", kSecondLooks.at(static_cast<std::size_t>(attempt.second_look)))
        .flag("second-look-tls", attempt.second_look_tls);
  }
  constexpr auto kMillisecond = std::chrono::milliseconds(1);
  out.with("ms", (attempt.timings.end + kMillisecond / 2) / kMillisecond);
  std::string lines = out.end();
  if (attempt.tls) {
    lines += tls_line(*attempt.tls);
  }
  if (attempt.http) {
    lines += http_line(*attempt.http);
  }
  return lines;
}

using Values = std::map<std::string, std::string>;

class Reader {
 public:
  std::optional<Observation> run(std::string_view text) {
    std::istringstream lines{std::string(text)};
    for (std::string line; good_ && std::getline(lines, line);) {
      read_line(line);
    }
    return good_ ? std::optional(std::move(out_)) : std::nullopt;
  }

 private:
  void read_line(const std::string& line) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    values_.clear();
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      values_[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
    }
    if (kind == "lookup") {
      read_lookup();
    } else if (kind == "endpoint") {
      out_.endpoints.emplace_back();
      if (has("health")) {
        out_.endpoints.back().health = HealthObservation{text("health") == "healthy", ""};
      }
    } else if (kind == "attempt") {
      read_attempt();
    } else if (kind == "tls") {
      read_tls();
    } else if (kind == "http") {
      read_http();
    } else {
      good_ = false;
    }
  }

  [[nodiscard]] bool has(const char* name) const { return values_.contains(name); }
  std::string text(const char* name) {
    const auto found = values_.find(name);
    good_ = good_ && found != values_.end();
    return found == values_.end() ? "" : found->second;
  }
  template <class Number = int>
  Number number(const char* name) {
    const std::string digits = text(name);
    Number value{};
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value);
    good_ = good_ && read.ec == std::errc() && read.ptr == end;
    return value;
  }
  template <class Enum, std::size_t N>
  Enum one_of(const std::array<std::string_view, N>& names, const char* name) {
    const auto found = std::ranges::find(names, std::string_view(text(name)));
    good_ = good_ && found != names.end();
    return static_cast<Enum>(found - names.begin());
  }
  template <class Enum, std::size_t N>
  Enum one_of(const std::array<Enum, N>& values, const char* name) {
    const std::string wanted = text(name);
    const auto found =
        std::ranges::find_if(values, [&wanted](Enum one) { return to_string(one) == wanted; });
    good_ = good_ && found != values.end();
    return found == values.end() ? values.front() : *found;
  }
  IpAddress address(std::string_view text) {
    const auto parsed = IpAddress::parse(text);
    good_ = good_ && parsed.has_value();
    return parsed.value_or(IpAddress{});
  }

  void read_lookup() {
    Lookup lookup;
    lookup.upstream = number<std::size_t>("upstream");
    lookup.name = unescaped(text("name"));
    lookup.status = one_of(kLookups, "status");
    for (const std::string& one : split(text("addresses"))) {
      lookup.addresses.push_back(address(one));
    }
    out_.lookups.push_back(std::move(lookup));
  }

  void read_attempt() {
    Attempt attempt;
    attempt.upstream = number<std::size_t>("upstream");
    attempt.endpoint.ip = address(text("address"));
    attempt.endpoint.port = number<std::uint16_t>("port");
    attempt.stage = one_of<Stage>(kStages, "stage");
    attempt.connect = one_of<ConnectResult>(kConnects, "connect");
    attempt.os_error = has("errno") ? number("errno") : 0;
    attempt.bind_address = has("bind") ? text("bind") : "";
    attempt.end = one_of<End>(kEnds, "end");
    attempt.limit = has("limit") ? one_of(kLimits, "limit") : Limit::None;
    attempt.request_complete = has("request-complete");
    if (has("second-look")) {
      attempt.second_look = one_of<SecondLook>(kSecondLooks, "second-look");
      attempt.second_look_tls = has("second-look-tls");
      attempt.looks = 2;
    }
    attempt.timings.end = std::chrono::milliseconds(number<long long>("ms"));
    good_ = good_ && !out_.endpoints.empty();
    if (good_) {
      out_.endpoints.back().attempts.push_back(std::move(attempt));
    }
  }

  // Of the attempt that a line about TLS or HTTP belongs to.
  Attempt* last_attempt() {
    good_ = good_ && !out_.endpoints.empty() && !out_.endpoints.back().attempts.empty();
    return good_ ? &out_.endpoints.back().attempts.back() : nullptr;
  }

  void read_tls() {
    TlsFacts tls;
    tls.completed = has("completed");
    tls.end = one_of<TlsEnd>(kTlsEnds, "end");
    for (const std::string& one :
         has("errors") ? split(text("errors")) : std::vector<std::string>{}) {
      const std::size_t colon = std::min(one.find(':'), one.size());
      TlsError error;
      std::from_chars(one.data(), one.data() + colon, error.number);
      error.text = one.substr(std::min(colon + 1, one.size()));
      tls.errors.push_back(std::move(error));
    }
    for (const std::string& one :
         has("problems") ? split(text("problems")) : std::vector<std::string>{}) {
      const std::size_t colon = std::min(one.find(':'), one.size());
      VerifyProblem problem;
      std::from_chars(one.data(), one.data() + colon, problem.depth);
      problem.text = one.substr(std::min(colon + 1, one.size()));
      tls.problems.push_back(std::move(problem));
    }
    tls.name_mismatch = has("name-mismatch");
    if (has("sans")) {
      tls.chain.push_back({});
      tls.chain.front().sans = split(text("sans"));
    }
    if (Attempt* attempt = last_attempt()) {
      attempt->tls = std::move(tls);
    }
  }

  void read_http() {
    HttpFacts http;
    http.version = text("version") == "2" ? HttpVersion::Http2 : HttpVersion::Http1;
    http.bytes = number<std::uint64_t>("bytes");
    for (const std::string& one :
         has("interim") ? split(text("interim")) : std::vector<std::string>{}) {
      int status = 0;
      std::from_chars(one.data(), one.data() + one.size(), status);
      http.interim.push_back(status);
    }
    if (has("status")) {
      http.status = number("status");
    }
    http.complete = has("complete");
    http.close_delimited = has("close-delimited");
    if (has("violation")) {
      http.violation = Violation{unescaped(text("violation")), has("after-head")};
    }
    if (has("reset")) {
      http.reset_code = number<std::uint32_t>("reset");
    }
    if (has("goaway")) {
      http.goaway_code = number<std::uint32_t>("goaway");
    }
    http.refused_by_goaway = has("refused-by-goaway");
    http.head_too_large = has("head-too-large");
    http.grpc_request = has("grpc");
    if (Attempt* attempt = last_attempt()) {
      attempt->http = std::move(http);
    }
  }

  Observation out_;
  Values values_;
  bool good_ = true;
};

}  // namespace

std::string to_text(const Observation& observation) {
  std::string out;
  for (const Lookup& lookup : observation.lookups) {
    out += lookup_line(lookup);
  }
  for (const EndpointObservation& endpoint : observation.endpoints) {
    Line line("endpoint");
    if (endpoint.health) {
      line.with("health", endpoint.health->healthy ? "healthy" : "unhealthy");
    }
    out += line.end();
    for (const Attempt& attempt : endpoint.attempts) {
      out += attempt_lines(attempt);
    }
  }
  return out;
}

std::optional<Observation> parse_observation(std::string_view text) {
  return Reader().run(text);
}

}  // namespace prober::recordings
