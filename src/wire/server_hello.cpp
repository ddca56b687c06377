#include "wire/server_hello.h"

#include <algorithm>
#include <optional>

#include "wire/boringssl.h"

namespace prober::wire {
namespace {

constexpr std::uint16_t kAlpn = 16;
constexpr std::uint16_t kExtendedMasterSecret = 23;
constexpr std::uint16_t kSupportedVersions = 43;
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

// The entries for one that was asked for; empty when BoringSSL takes it.
std::vector<TlsError> judge(const Extension& one) {
  bool sound = true;
  if (one.type == kExtendedMasterSecret) {
    sound = one.content.empty();
  } else if (one.type == kAlpn) {
    Reader reader(one.content);
    Reader list(reader.field(2));
    const std::string_view chosen = list.field(1);
    sound = !reader.failed() && reader.empty() && !list.failed() && list.empty() && !chosen.empty();
  } else if (one.type == kRenegotiationInfo && one.content != std::string_view("\0", 1)) {
    return queue_of({"RENEGOTIATION_MISMATCH", "ERROR_PARSING_EXTENSION", "PARSE_TLSEXT"});
  } else if (one.type == kSupportedVersions) {
    return queue_of({"UNEXPECTED_EXTENSION", "ERROR_PARSING_EXTENSION", "PARSE_TLSEXT"});
  }
  return sound ? std::vector<TlsError>{} : queue_of({"ERROR_PARSING_EXTENSION", "PARSE_TLSEXT"});
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

std::vector<std::uint16_t> offered_extensions(std::string_view client_hello) {
  Reader reader(client_hello);
  reader.take(kHead);
  reader.field(1);  // session
  reader.field(2);  // ciphers
  reader.field(1);  // compression
  // OpenSSL asks for it by a cipher suite of RFC 5746 instead.
  std::vector<std::uint16_t> out = {kRenegotiationInfo};
  const auto extensions = extensions_of(reader.field(2));
  for (const Extension& one : extensions.value_or(std::vector<Extension>{})) {
    out.push_back(one.type);
  }
  return out;
}

std::vector<TlsError> refused_extensions(std::string_view server_hello,
                                         const std::vector<std::uint16_t>& offered) {
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
    if (std::ranges::find(offered, one.type) == offered.end()) {
      return queue_of({"UNEXPECTED_EXTENSION", "PARSE_TLSEXT"});
    }
    if (auto refused = judge(one); !refused.empty()) {
      return refused;
    }
  }
  return {};
}

}  // namespace prober::wire
