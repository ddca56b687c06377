#include "config/pem.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>

namespace prober::config {
namespace {

constexpr std::size_t kMostBytes = std::size_t{8} << 20;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio memory(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), kMostBytes))),
          BIO_free};
}

struct Blocks {
  int certificates = 0;
  bool malformed = false;
};

Blocks count_certificates(std::string_view pem) {
  Blocks out;
  const Bio bio = memory(pem);
  for (;;) {
    const Certificate one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    if (!one) {
      break;
    }
    ++out.certificates;
  }
  const unsigned long error = ERR_peek_last_error();
  out.malformed = ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE;
  ERR_clear_error();
  return out;
}

std::string words_for_open(const std::string& path, int error) {
  std::string reason = std::strerror(error);
  if (!reason.empty()) {
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  }
  return fmt::format("open {}: {}", path, reason);
}

Result<std::string> read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return std::unexpected(Error{words_for_open(path, errno)});
  }
  std::string out;
  std::array<char, 16384> buffer{};
  ssize_t count = 0;
  while (out.size() < kMostBytes && (count = ::read(fd, buffer.data(), buffer.size())) > 0) {
    out.append(buffer.data(), static_cast<std::size_t>(count));
  }
  const int error = errno;
  ::close(fd);
  if (count < 0) {
    return std::unexpected(Error{words_for_open(path, error)});
  }
  return out;
}

}  // namespace

std::string trusted_ca_fault(std::string_view pem) {
  if (pem.empty()) {
    return "it is empty";
  }
  const Blocks blocks = count_certificates(pem);
  return blocks.certificates > 0 && !blocks.malformed ? ""
         : blocks.malformed                           ? "a certificate in it is malformed"
                                                      : "there is no PEM certificate in it";
}

std::string added_ca_fault(std::string_view pem) {
  return !pem.empty() && count_certificates(pem).malformed ? "a certificate in it is malformed"
                                                           : "";
}

std::string key_pair_fault(std::string_view certificate, std::string_view key) {
  const Bio certificate_bio = memory(certificate);
  const Certificate leaf(PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr),
                         X509_free);
  const bool some = certificate.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos;
  ERR_clear_error();
  if (!leaf) {
    return some ? "x509: malformed certificate"
                : "tls: failed to find any PEM data in certificate input";
  }
  const Bio key_bio = memory(key);
  // A passphrase would be asked for on the terminal; Go takes no encrypted key either.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  const PrivateKey secret(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_passphrase, nullptr),
                          EVP_PKEY_free);
  ERR_clear_error();
  if (!secret) {
    return key.find("PRIVATE KEY-----") == std::string_view::npos
               ? "tls: failed to find any PEM data in key input"
               : "tls: failed to parse private key";
  }
  const bool pair = X509_check_private_key(leaf.get(), secret.get()) == 1;
  ERR_clear_error();
  return pair ? "" : "tls: private key does not match public key";
}

const Result<std::string>& PemFiles::read(const std::string& path) {
  auto found = known_.find(path);
  if (found == known_.end()) {
    found = known_.emplace(path, read_file(path)).first;
  }
  return found->second;
}

const std::string& PemFiles::trusted_ca_fault(const std::string& pem) {
  auto found = ca_faults_.find(pem);
  if (found == ca_faults_.end()) {
    found = ca_faults_.emplace(pem, config::trusted_ca_fault(pem)).first;
  }
  return found->second;
}

const std::string& PemFiles::key_pair_fault(const std::string& certificate,
                                            const std::string& key) {
  const auto pair = std::pair(certificate, key);
  auto found = pair_faults_.find(pair);
  if (found == pair_faults_.end()) {
    found = pair_faults_.emplace(pair, config::key_pair_fault(certificate, key)).first;
  }
  return found->second;
}

}  // namespace prober::config
