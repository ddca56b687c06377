#include "prober/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace prober {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  IpAddress out;
  if (terminated.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  if (inet_pton(AF_INET, terminated.c_str(), out.bytes.data()) == 1) {
    return out;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) == 1) {
    out.v6 = true;
    return out;
  }
  return std::nullopt;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
  return text.data();
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) {
    return std::nullopt;
  }
  const int longest = base->v6 ? 128 : 32;
  Cidr out{*base, longest};
  if (slash == std::string_view::npos) {
    return out;
  }
  const std::string_view digits = text.substr(slash + 1);
  const char* end = digits.data() + digits.size();
  const auto [stop, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.prefix);
  if (error != std::errc() || stop != end || out.prefix < 0 || out.prefix > longest) {
    return std::nullopt;
  }
  return out;
}

bool Cidr::contains(const IpAddress& address) const {
  if (address.v6 != base.v6) {
    return false;
  }
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  const int rest = prefix % 8;
  if (rest == 0) {
    return true;
  }
  const int mask = 0xff << (8 - rest);
  return (base.bytes.at(whole) & mask) == (address.bytes.at(whole) & mask);
}

std::string Cidr::to_string() const {
  std::string out = base.to_string();
  if (prefix != (base.v6 ? 128 : 32)) {
    out += "/" + std::to_string(prefix);
  }
  return out;
}

std::string Endpoint::to_string() const {
  if (!path.empty()) {
    return path;
  }
  const std::string host = ip.v6 ? "[" + ip.to_string() + "]" : ip.to_string();
  return host + ":" + std::to_string(port);
}

}  // namespace prober
