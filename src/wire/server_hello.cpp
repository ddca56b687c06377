#include "wire/server_hello.h"

#include <algorithm>
#include <optional>

#include "wire/boringssl.h"

namespace prober::wire {
namespace {

constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kPointFormats = 11;
constexpr std::uint16_t kSignatureAlgorithms = 13;
constexpr std::uint16_t kAlpn = 16;
constexpr std::uint16_t kExtendedMasterSecret = 23;
constexpr std::uint16_t kSessionTicket = 35;
constexpr std::uint16_t kSupportedVersions = 43;
constexpr std::uint16_t kKeyExchangeModes = 45;
constexpr std::uint16_t kKeyShare = 51;
constexpr std::uint16_t kRenegotiationInfo = 0xff01;

// Bytes taken from the front; once too few are left, all that follows is nothing.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  std::string_view take(std::size_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const std::string_view out = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return out;
  }

  std::size_t number(std::size_t bytes) {
    std::size_t out = 0;
    for (const char one : take(bytes)) {
      out = out << 8U | static_cast<unsigned char>(one);
    }
    return out;
  }

  // A field with its length, of so many bytes, before it.
  std::string_view field(std::size_t length_bytes) { return take(number(length_bytes)); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

struct Extension {
  std::uint16_t type = 0;
  std::string_view content;
};

// Nothing when the block is malformed or has an extension twice.
std::optional<std::vector<Extension>> extensions_of(std::string_view bytes) {
  std::vector<Extension> out;
  Reader block(bytes);
  while (!block.empty()) {
    const auto type = static_cast<std::uint16_t>(block.number(2));
    const std::string_view content = block.field(2);
    if (block.failed() || std::ranges::find(out, type, &Extension::type) != out.end()) {
      return std::nullopt;
    }
    out.push_back({type, content});
  }
  return out;
}

constexpr std::size_t kHead = 4 + 2 + 32;  // of a handshake message, version, random

std::vector<TlsError> unparsed(std::vector<std::string_view> names = {}) {
  names.insert(names.end(), {"ERROR_PARSING_EXTENSION", "PARSE_TLSEXT"});
  return queue_of(names);
}

// One name, and nothing behind it.
std::string_view chosen_protocol(std::string_view content) {
  Reader reader(content);
  Reader list(reader.field(2));
  const std::string_view name = list.field(1);
  const bool sound = !reader.failed() && reader.empty() && !list.failed() && list.empty();
  return sound ? name : "";
}

std::vector<TlsError> judge_protocol(std::string_view content, const Offer& offer) {
  const std::string_view chosen = chosen_protocol(content);
  if (chosen.empty()) {
    return unparsed();
  }
  const bool offered = std::ranges::find(offer.protocols, chosen) != offer.protocols.end();
  return offered ? std::vector<TlsError>{} : unparsed({"INVALID_ALPN_PROTOCOL"});
}

bool takes_uncompressed_points(std::string_view content) {
  constexpr char kUncompressed = 0;
  Reader reader(content);
  const std::string_view formats = reader.field(1);
  return !reader.failed() && reader.empty() && formats.contains(kUncompressed);
}

// The entries for one that was asked for; empty when BoringSSL takes it.
std::vector<TlsError> judge(const Extension& one, const Offer& offer) {
  constexpr std::string_view kNoneYet("\0", 1);  // of two connections of one session
  bool sound = true;
  switch (one.type) {
    case kServerName:
    case kExtendedMasterSecret:
    case kSessionTicket:
      sound = one.content.empty();
      break;
    case kPointFormats:
      sound = takes_uncompressed_points(one.content);
      break;
    case kAlpn:
      return judge_protocol(one.content, offer);
    case kRenegotiationInfo:
      return one.content == kNoneYet ? std::vector<TlsError>{}
                                     : unparsed({"RENEGOTIATION_MISMATCH"});
    case kSignatureAlgorithms:
    case kSupportedVersions:
    case kKeyExchangeModes:
    case kKeyShare:
      return unparsed({"UNEXPECTED_EXTENSION"});  // TLS 1.3 has them, or the client alone
    default:
      break;
  }
  return sound ? std::vector<TlsError>{} : unparsed();
}

// TLS 1.2, if need be by way of supported_versions.
bool speaks_12(std::string_view version, const std::optional<std::vector<Extension>>& extensions) {
  constexpr std::string_view kTls12 = "\3\3";
  if (version != kTls12 || !extensions) {
    return version == kTls12;
  }
  const auto selected = std::ranges::find(*extensions, kSupportedVersions, &Extension::type);
  return selected == extensions->end() || selected->content == kTls12;
}

}  // namespace

Offer offer_of(std::string_view client_hello) {
  Reader reader(client_hello);
  reader.take(kHead);
  reader.field(1);  // session
  reader.field(2);  // ciphers
  reader.field(1);  // compression
  // OpenSSL asks for it by a cipher suite of RFC 5746 instead.
  Offer out{.extensions = {kRenegotiationInfo}, .protocols = {}};
  const auto extensions = extensions_of(reader.field(2));
  for (const Extension& one : extensions.value_or(std::vector<Extension>{})) {
    out.extensions.push_back(one.type);
    if (one.type == kAlpn) {
      Reader content(one.content);
      Reader list(content.field(2));
      while (!list.empty()) {
        out.protocols.emplace_back(list.field(1));
      }
    }
  }
  return out;
}

std::vector<TlsError> refused_extensions(std::string_view server_hello, const Offer& offer) {
  Reader reader(server_hello);
  reader.take(4);
  const std::string_view version = reader.take(2);
  reader.take(32);
  reader.field(1);  // session
  reader.take(2);   // cipher
  const std::size_t compression = reader.number(1);
  const std::string_view block = reader.empty() ? "" : reader.field(2);
  if (reader.failed() || !reader.empty() || compression != 0) {
    return {};  // OpenSSL refuses it too
  }
  const auto extensions = extensions_of(block);
  if (!speaks_12(version, extensions)) {
    return {};
  }
  if (!extensions) {
    return queue_of({"PARSE_TLSEXT"});
  }
  for (const Extension& one : *extensions) {
    if (std::ranges::find(offer.extensions, one.type) == offer.extensions.end()) {
      return queue_of({"UNEXPECTED_EXTENSION", "PARSE_TLSEXT"});
    }
    if (auto refused = judge(one, offer); !refused.empty()) {
      return refused;
    }
  }
  return {};
}

}  // namespace prober::wire
