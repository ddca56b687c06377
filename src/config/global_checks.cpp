#include "config/global_checks.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "config/base64.h"
#include "config/cluster_reader.h"
#include "config/go_types.h"
#include "config/go_url.h"
#include "config/identity_reader.h"
#include "config/pem.h"
#include "prober/ascii.h"

namespace prober::config {
namespace {

using std::string_view;

template <std::size_t N>
bool among(string_view text, const std::array<string_view, N>& words) {
  return std::ranges::any_of(words, [text](string_view one) { return same_letters(one, text); });
}

// A value that was taken out of the file before it was shown to others, or is filled in later.
bool is_placeholder(string_view text) {
  const std::string lower = lower_case(text);
  constexpr std::array<string_view, 14> kMarks = {
      "change", "replace", "redact",      "secret", "your", "xxx", "todo",
      "fill",   "example", "placeholder", "<",      "{",    "$",   "..."};
  return std::ranges::any_of(
      kMarks, [&lower](string_view mark) { return lower.find(mark) != std::string::npos; });
}

// A secret that Pomerium cannot use.
void refuse_secret(const Fields& fields, string_view key, string_view what,
                   const std::string& words) {
  if (is_placeholder(fields.string(key).value_or(""))) {
    fields.problems().warning(
        fields.where(key),
        fmt::format("`{}` looks like a placeholder; Pomerium does not start with it", key));
  } else {
    fields.problems().refused(fields.where(key), fmt::format("`{}` {}", key, what), words);
  }
}

void refuse(const Fields& fields, string_view key, string_view what, const std::string& words) {
  fields.problems().refused(fields.where(key), fmt::format("`{}` {}", key, what), words);
}

// Go's words repeat the URL, which may hold a password.
std::string url_words(string_view start, string_view separator, string_view url,
                      const std::string& fault) {
  const string_view text = url.find('@') == string_view::npos ? url : "...";
  return fault.starts_with("url does")
             ? fmt::format("{} {}{}{} {}", start, text, separator, text, fault)
             : fmt::format("{} {}{}parse \"{}\": {}", start, text, separator, text,
                           text == url ? fault : fault.substr(0, fault.find('"')));
}

void check_urls(const Fields& fields) {
  constexpr std::array<std::pair<string_view, string_view>, 7> kUrls = {{
      {"authenticate_service_url", "config: bad authenticate-url"},
      {"authenticate_internal_service_url", "config: bad authenticate-internal-url"},
      {"signout_redirect_url", "config: bad signout-redirect-url"},
      {"authorize_service_url", "config: bad authorize-url"},
      {"authorize_internal_service_url", "config: bad authorize-internal-url"},
      {"databroker_service_url", "config: bad databroker service url"},
      {"databroker_internal_service_url", "config: bad databroker internal service url"},
  }};
  for (const auto& [key, words] : kUrls) {
    const std::string text = fields.string(key).value_or("");
    const auto url = parse_go_url(text);
    if (!text.empty() && !url) {
      refuse(fields, key, "must be a URL such as https://authenticate.example.com",
             url_words(words, key.starts_with("databroker") ? ": " : " : ", text,
                       url.error().message));
    }
  }
  for (const std::string& text : fields.strings("databroker_service_urls")) {
    if (const auto url = parse_go_url(text); !url) {
      refuse(fields, "databroker_service_urls", "must be URLs such as http://broker:5443",
             url_words("config: bad databroker service url", ": ", text, url.error().message));
    }
  }
}

// "host:port" with a port above 0 (config/validate.go, ValidateAddress).
bool is_address(string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == string_view::npos || colon + 1 == text.size()) {
    return false;
  }
  int port = 0;
  const string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const string_view host = text.substr(0, colon);
  const bool bare_v6 = host.find(':') != string_view::npos && !host.ends_with(']');
  return error == std::errc() && end == digits.data() + digits.size() && port > 0 && !bare_v6;
}

void check_addresses(const Fields& fields) {
  constexpr std::array<std::pair<string_view, string_view>, 3> kAddresses = {{
      {"debug_address", "config: invalid debug_address: expected host:port"},
      {"metrics_address", "config: invalid metrics_addr: expected host:port"},
      {"health_check_addr", "config : invalid health_check_addr : expected host:port"},
  }};
  for (const auto& [key, words] : kAddresses) {
    const std::string text = fields.string(key).value_or("");
    const bool unset = text.empty() && (key == "metrics_address" || !fields.has(key));
    if (!unset && !is_address(text)) {
      refuse(fields, key, "must be of the form host:port", std::string(words));
    }
  }
}

// One or several, separated by commas, in lower case (config/helpers.go, splitServices).
std::vector<std::string> split_services(string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    string_view word = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
    word = word.substr(0, word.find_last_not_of(" \t") + 1);
    if (!word.empty()) {
      out.push_back(lower_case(word));
    }
  }
  return out;
}

bool known_services(string_view text) {
  constexpr std::array<string_view, 6> kServices = {"all",   "authenticate", "authorize",
                                                    "cache", "databroker",   "proxy"};
  const std::vector<std::string> words = split_services(text);
  return !words.empty() && std::ranges::all_of(words, [&kServices](const std::string& word) {
    return std::ranges::find(kServices, word) != kServices.end();
  });
}

bool runs(const std::vector<std::string>& services, string_view one) {
  return std::ranges::any_of(services, [one](const std::string& word) {
    return word == "all" || word == one || (word == "cache" && one == "databroker");
  });
}

bool all_in_one(const std::vector<std::string>& services) {
  constexpr std::array<string_view, 4> kParts = {"authenticate", "authorize", "databroker",
                                                 "proxy"};
  return std::ranges::all_of(kParts, [&](string_view one) { return runs(services, one); });
}

void check_words(const Fields& fields) {
  if (const auto services = fields.string("services"); services && !known_services(*services)) {
    refuse(fields, "services", "must be all, proxy, authenticate, authorize or databroker",
           fmt::format("config: {} is an invalid service type", *services));
  }
  constexpr std::array<string_view, 4> kSameSite = {"", "strict", "lax", "none"};
  if (const auto text = fields.string("cookie_same_site"); text && !among(*text, kSameSite)) {
    refuse(fields, "cookie_same_site", "must be strict, lax or none",
           fmt::format("config: invalid cookie_same_site: unknown cookie_same_site: {}", *text));
  }
  constexpr std::array<string_view, 9> kLevels = {"",      "trace", "debug", "info",    "warn",
                                                  "error", "fatal", "panic", "disabled"};
  for (const string_view key : {"log_level", "proxy_log_level"}) {
    if (const auto text = fields.string(key);
        text && std::ranges::find(kLevels, *text) == kLevels.end()) {
      refuse(fields, key, "must be trace, debug, info, warn, error, fatal, panic or disabled",
             fmt::format("config: invalid {}: unknown log level: {}", key, *text));
    }
  }
  constexpr std::array<string_view, 4> kStorage = {"", "memory", "file", "postgres"};
  const std::string storage = fields.string("databroker_storage_type").value_or("");
  if (std::ranges::find(kStorage, storage) == kStorage.end()) {
    refuse(fields, "databroker_storage_type", "must be memory, file or postgres",
           "config: unknown databroker storage backend type");
  }
}

struct Enum {
  string_view key;
  string_view type;
  string_view prefix;
  std::vector<string_view> names;
};

void check_enum(const Fields& fields, const Enum& one) {
  const auto value = fields.get(one.key);
  if (!value || !value->is_scalar() || number_of(*value) || resolve(*value) == Plain::Bool) {
    return;
  }
  if (!find_enum(value->text(), one.prefix, one.names)) {
    refuse(fields, one.key, fmt::format("has no value {}", shown(value->text())),
           fmt::format("unsupported enum value {} for {}", value->text(), one.type));
  }
}

void check_enums(const Fields& fields) {
  check_token_formats(fields);
  check_enum(fields,
             {"codec_type", "CodecType", "CODEC_TYPE_", {"AUTO", "HTTP1", "HTTP2", "HTTP3"}});
  check_enum(fields, {"headers_with_underscores_action",
                      "HeadersWithUnderscoresAction",
                      "HEADERS_WITH_UNDERSCORES_ACTION_",
                      {"UNKNOWN", "ALLOW", "REJECT_REQUEST", "DROP_HEADER"}});
  check_enum(fields, {"path_with_escaped_slashes_action",
                      "PathWithEscapedSlashesAction",
                      "PATH_WITH_ESCAPED_SLASHES_ACTION_",
                      {"UNKNOWN", "KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT",
                       "UNESCAPE_AND_FORWARD", "IMPLEMENTATION_SPECIFIC_DEFAULT"}});
}

// Files that Pomerium reads at start. They need not be readable for prober, so they are not held
// against the file.
void note_unreadable_files(const Fields& fields) {
  for (const string_view key : {"certificate_file", "certificate_key_file", "shared_secret_file"}) {
    const std::string file = fields.string(key).value_or("");
    if (!file.empty() && ::access(file.c_str(), R_OK) != 0) {
      fields.problems().warning(
          fields.where(key),
          fmt::format("`{}`: cannot read {}; Pomerium refuses to start where it cannot", key,
                      file));
    }
  }
}

// Pomerium's own listener of SSH wants its keys to itself.
void check_ssh_key(const Fields& fields, string_view key, string_view kind, const std::string& file,
                   bool files_must_exist) {
  struct stat info{};
  const std::string words = fmt::format("config: invalid ssh {} key file {}: ", kind, file);
  if (::stat(file.c_str(), &info) == 0) {
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      refuse(fields, key, fmt::format("{} can be read by others; chmod 600", file),
             words + "permissions are too open");
    }
    return;
  }
  const int error = errno;
  if (files_must_exist && (error == ENOENT || error == ENOTDIR)) {
    refuse(fields, key, fmt::format("{} is missing", file),
           fmt::format("{}stat {}: {}", words, file, lower_case(std::strerror(error))));
  } else {
    fields.problems().warning(fields.where(key), fmt::format("`{}`: cannot read {}", key, file));
  }
}

void check_ssh_keys(const Fields& fields, bool files_must_exist) {
  if (fields.string("ssh_address").value_or("").empty()) {
    return;
  }
  for (const std::string& file : fields.strings("ssh_host_key_files")) {
    check_ssh_key(fields, "ssh_host_key_files", "host", file, files_must_exist);
  }
  if (const std::string file = fields.string("ssh_user_ca_key_file").value_or(""); !file.empty()) {
    check_ssh_key(fields, "ssh_user_ca_key_file", "user ca", file, files_must_exist);
  }
}

void check_certificate(const Fields& fields) {
  const std::string text = fields.string("certificate").value_or("");
  const std::string key = fields.string("certificate_key").value_or("");
  if (text.empty() && key.empty()) {
    return;
  }
  const auto certificate = decode_base64(text);
  const auto decoded_key = decode_base64(key);
  const std::string words = certificate && decoded_key ? key_pair_fault(*certificate, *decoded_key)
                                                       : "illegal base64 data";
  if (!words.empty()) {
    refuse_secret(fields, "certificate", "and `certificate_key` are no pair in PEM and base64",
                  "config: bad cert base64 " + words);
  }
}

void check_shared_secret(const Fields& fields) {
  constexpr std::size_t kSize = 32;  // chacha20poly1305
  const std::string secret = fields.string("shared_secret").value_or("");
  const auto decoded = decode_base64(secret);
  if (!decoded) {
    refuse_secret(fields, "shared_secret", "is not base64",
                  fmt::format("config: invalid shared secret: illegal base64 data at input byte {}",
                              bad_base64_at(secret)));
  } else if (!secret.empty() && decoded->size() != kSize &&
             fields.string("shared_secret_file").value_or("").empty()) {
    refuse_secret(fields, "shared_secret",
                  fmt::format("must be 32 bytes in base64, and is {}", decoded->size()),
                  "invalid 'SHARED_SECRET': chacha20poly1305: bad key length");
  }
}

// config/mtls.go, DownstreamMTLSSettings.validate. What is in the files is left alone.
void check_mtls_bundle(const Fields& mtls, string_view key, string_view name,
                       bool files_must_exist) {
  const std::string words = "config: bad downstream mTLS settings: ";
  const std::string file_key = std::string(key) + "_file";
  const std::string text = mtls.string(key).value_or("");
  const std::string file = mtls.string(file_key).value_or("");
  if (!text.empty() && !file.empty()) {
    refuse(mtls, file_key, fmt::format("stands beside `{}`", key),
           fmt::format("{}cannot set both {} and {}", words, key, file_key));
  } else if (!decode_base64(text)) {
    refuse(mtls, key, "is not base64",
           fmt::format("{}{}: illegal base64 data at input byte {}", words, name,
                       bad_base64_at(text)));
  } else if (!file.empty() && ::access(file.c_str(), F_OK) != 0) {
    const int error = errno;
    if (files_must_exist && error == ENOENT) {
      refuse(mtls, file_key, fmt::format("{} is missing", file),
             fmt::format("{}{} file: open {}: {}", words, name, file,
                         lower_case(std::strerror(error))));
    } else {
      mtls.problems().warning(mtls.where(file_key),
                              fmt::format("`{}`: cannot read {}", file_key, file));
    }
  }
}

void check_mtls(const Fields& fields, bool files_must_exist) {
  const auto block = fields.get("downstream_mtls");
  if (!block || !block->is_map()) {
    return;
  }
  const Fields mtls(*block, "`downstream_mtls`", fields.problems(), "downstream_mtls");
  check_mtls_bundle(mtls, "ca", "CA", files_must_exist);
  check_mtls_bundle(mtls, "crl", "CRL", files_must_exist);
  const auto depth = mtls.get("max_verify_depth");
  if (const std::string words = depth ? go_refusal(*depth, Type::Uint) : ""; !words.empty()) {
    refuse(mtls, "max_verify_depth", "must be a whole number from 0 on",
           "'downstream_mtls.max_verify_depth' " + words);
  }
  constexpr std::array<string_view, 4> kModes = {"UNKNOWN", "POLICY", "POLICY_WITH_DEFAULT_DENY",
                                                 "REJECT_CONNECTION"};
  const std::string mode = mtls.string("enforcement").value_or("");
  if (!find_enum(mode, "MTLS_ENFORCEMENT_MODE_", kModes)) {
    refuse(mtls, "enforcement", "must be policy, policy_with_default_deny or reject_connection",
           fmt::format("unsupported enum value {} for MtlsEnforcementMode", mode));
  }
}

// config/autocert.go, AutocertOptions.Validate.
void check_autocert(const Fields& fields) {
  const auto given = [&fields](string_view key) {
    return !fields.string(key).value_or("").empty();
  };
  const bool id = given("autocert_eab_key_id");
  if (id != given("autocert_eab_mac_key")) {
    refuse(fields, id ? "autocert_eab_key_id" : "autocert_eab_mac_key",
           id ? "needs `autocert_eab_mac_key`" : "needs `autocert_eab_key_id`",
           id ? "config: Autocert EAB MAC Key required when Key ID is provided"
              : "config: Autocert EAB Key ID required when MAC Key is provided");
  }
  if (given("autocert_trusted_ca") && given("autocert_trusted_ca_file")) {
    refuse(fields, "autocert_trusted_ca", "stands beside `autocert_trusted_ca_file`",
           "config: providing both Autocert Trusted CA and Trusted CA File is not supported");
  }
}

// A list of maps of `cert` and `key`, or one such map.
void check_certificates(const Fields& fields) {
  const auto list = fields.get("certificates");
  if (!list || list->is_map()) {
    return;
  }
  const std::vector<Value> entries = list->is_sequence() ? list->items() : std::vector{*list};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].is_map() && !entries[i].is_null()) {
      fields.problems().refused(entries[i],
                                "an entry of `certificates` must be a map of `cert` and `key`",
                                fmt::format("'certificates[{}]' expected a map or struct", i));
    }
  }
}

}  // namespace

void check_token_formats(const Fields& fields) {
  check_enum(fields, {"bearer_token_format",
                      "BearerTokenFormat",
                      "BEARER_TOKEN_FORMAT_",
                      {"UNKNOWN", "DEFAULT", "IDP_ACCESS_TOKEN", "IDP_IDENTITY_TOKEN", "JWT"}});
  check_enum(fields, {"jwt_issuer_format", "IssuerFormat", "ISSUER", {"HOSTONLY", "URI"}});
}

void Needs::read(const Fields& fields) {
  const auto given = [&fields](string_view key) {
    return !fields.string(key).value_or("").empty();
  };
  if (const auto services = fields.string("services"); services && !services->empty()) {
    services_ = *services;
    services_at_ = Place{&fields.problems(), fields.where("services")};
  }
  if (const auto type = fields.string("databroker_storage_type")) {
    storage_at_ = std::nullopt;
    if (*type == "postgres") {
      storage_at_.emplace(&fields.problems(), fields.where("databroker_storage_type"));
    }
  }
  shared_secret_ = shared_secret_ || given("shared_secret") || given("shared_secret_file");
  cookie_secret_ = cookie_secret_ || given("cookie_secret") || given("cookie_secret_file");
  connection_string_ = connection_string_ || given("databroker_storage_connection_string") ||
                       given("databroker_storage_connection_string_file");
}

void Needs::conclude(bool environment_read) const {
  const std::vector<std::string> services = split_services(services_);
  const bool sound = services_at_ && known_services(services_) && !all_in_one(services);
  if (sound && !shared_secret_) {
    missing(*services_at_, fmt::format("`services: {}` needs `shared_secret`", services_),
            "config: invalid shared secret: empty shared secret", environment_read);
  }
  const bool visitors = runs(services, "authenticate") || runs(services, "proxy");
  if (sound && shared_secret_ && !cookie_secret_ && visitors) {
    missing(*services_at_, fmt::format("`services: {}` needs `cookie_secret`", services_),
            runs(services, "authenticate")
                ? "authenticate: 'COOKIE_SECRET' invalid: empty cookie secret"
                : "proxy: invalid 'COOKIE_SECRET': empty cookie secret",
            environment_read);
  }
  if (storage_at_ && !connection_string_) {
    missing(*storage_at_,
            "`databroker_storage_type: postgres` needs `databroker_storage_connection_string`",
            "config: missing databroker storage backend dsn", environment_read);
  }
}

void Needs::missing(const Place& place, std::string message, std::string_view words,
                    bool environment_read) const {
  if (environment_read) {
    place.problems->refused(place.value, std::move(message), words);
  } else {
    place.problems->refused_without_environment(
        place.value, message + ", here or in Pomerium's environment (--env)", words);
  }
}

void check_options(const Fields& fields, bool files_must_exist) {
  check_urls(fields);
  check_addresses(fields);
  check_words(fields);
  check_enums(fields);
  check_certificate(fields);
  check_mtls(fields, files_must_exist);
  check_autocert(fields);
  check_certificates(fields);
  check_jwt_claims_headers(fields);
  check_ssh_keys(fields, files_must_exist);
  note_unreadable_files(fields);
  if (!fields.string("policy_file").value_or("").empty()) {
    refuse(fields, "policy_file", "is no longer supported",
           "config: policy file setting is deprecated");
  }
  check_shared_secret(fields);
  const std::string basic = fields.string("metrics_basic_auth").value_or("");
  const auto decoded = decode_base64(basic);
  if (!decoded || (!basic.empty() && decoded->find(':') == std::string::npos)) {
    refuse_secret(
        fields, "metrics_basic_auth", "must be user:password in base64",
        decoded ? "config: metrics_basic_auth should contain a user name and password separated "
                  "by a colon"
                : "config: metrics_basic_auth must be a base64 encoded string");
  }
}

}  // namespace prober::config
