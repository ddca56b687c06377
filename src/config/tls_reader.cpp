// The precedence is Pomerium's (config/policy.go, Validate; config/envoyconfig/clusters.go,
// buildPolicyValidationContext): at start it looks at a CA given in place and only without one at
// the file, while Envoy is given the file wherever there is one.

#include "config/tls_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/base64.h"
#include "config/to_reader.h"

namespace prober::config {
namespace {

std::string not_base64(std::string_view text) {
  return fmt::format("illegal base64 data at input byte {}", bad_base64_at(text));
}

class TlsReader {
 public:
  TlsReader(const Fields& fields, const RouteDefaults& defaults, const Route& route)
      : fields_(fields), problems_(fields.problems()), defaults_(defaults) {
    encrypts_ =
        std::ranges::any_of(route.to, [](const Upstream& to) { return uses_tls(to.scheme); });
  }

  void trusted_ca(TlsSettings& out) const {
    const std::string text = fields_.string("tls_custom_ca").value_or("");
    const std::string file = fields_.string("tls_custom_ca_file").value_or("");
    const auto decoded = decode_base64(text);
    if (!decoded) {
      problems_.refused(fields_.where("tls_custom_ca"), "`tls_custom_ca` is not base64",
                        "config: couldn't decode custom ca: " + not_base64(text));
      return;
    }
    if (!file.empty()) {
      out.custom_ca.file = file;
      trusted_file(file, text.empty());
    } else if (!text.empty()) {
      out.custom_ca.text = *decoded;
      trusted_text("tls_custom_ca", *decoded);
    }
  }

  void client_certificate(TlsSettings& out) const {
    const std::string certificate = fields_.string("tls_client_cert").value_or("");
    const std::string key = fields_.string("tls_client_key").value_or("");
    const std::string certificate_file = fields_.string("tls_client_cert_file").value_or("");
    const std::string key_file = fields_.string("tls_client_key_file").value_or("");
    if (certificate.empty() != key.empty() || certificate_file.empty() != key_file.empty()) {
      const bool in_place = certificate.empty() != key.empty();
      const std::string_view given =
          in_place ? (key.empty() ? "tls_client_cert" : "tls_client_key")
                   : (key_file.empty() ? "tls_client_cert_file" : "tls_client_key_file");
      problems_.refused(fields_.where(given),
                        fmt::format("`{}` stands alone: a client certificate needs both "
                                    "certificate and key, in the same form",
                                    given),
                        "config: client certificate key and cert both must be non-empty");
    } else if (!certificate.empty()) {
      client_text(certificate, key, out);
    } else if (!certificate_file.empty()) {
      client_files(certificate_file, key_file, out);
    }
  }

 private:
  void trusted_file(const std::string& file, bool read_at_start) const {
    const Value where = fields_.where("tls_custom_ca_file");
    const Result<std::string>& text = defaults_.files->read(file);
    if (!text) {
      const std::string message = fmt::format("`tls_custom_ca_file`: cannot read {}", file);
      if (!defaults_.files_must_exist) {
        problems_.warning(where, message);
      } else if (read_at_start) {
        problems_.refused(where, message,
                          "config: couldn't load client ca file: " + text.error().message);
      } else if (encrypts_) {
        problems_.route_down(where, FaultEffect::ClusterNotFound, message, "Invalid path: " + file);
      }
      return;
    }
    trusted_text("tls_custom_ca_file", *text);
  }

  void trusted_text(std::string_view key, const std::string& text) const {
    const std::string& fault = defaults_.files->trusted_ca_fault(text);
    if (encrypts_ && !fault.empty()) {
      problems_.route_down(
          fields_.where(key), FaultEffect::ClusterNotFound, fmt::format("`{}`: {}", key, fault),
          text.empty() ? "file is empty" : "Failed to load trusted CA certificates");
    }
  }

  void client_text(const std::string& certificate, const std::string& key, TlsSettings& out) const {
    const auto decoded = decode_base64(certificate);
    const auto decoded_key = decode_base64(key);
    std::string words;
    if (!decoded) {
      words = "failed to decode certificate cert: " + not_base64(certificate);
    } else if (!decoded_key) {
      words = "failed to decode certificate key: " + not_base64(key);
    } else {
      out.client_certificate.text = *decoded;
      out.client_key.text = *decoded_key;
      words = defaults_.files->key_pair_fault(*decoded, *decoded_key);
    }
    if (!words.empty()) {
      problems_.refused(fields_.where(decoded ? "tls_client_key" : "tls_client_cert"),
                        "the client certificate cannot be used",
                        "config: couldn't decode client cert " + words);
    }
  }

  void client_files(const std::string& certificate, const std::string& key,
                    TlsSettings& out) const {
    out.client_certificate.file = certificate;
    out.client_key.file = key;
    const Result<std::string>& first = defaults_.files->read(certificate);
    const Result<std::string>& second = defaults_.files->read(key);
    if (first && second) {
      if (const std::string& words = defaults_.files->key_pair_fault(*first, *second);
          !words.empty()) {
        problems_.refused(fields_.where("tls_client_key_file"),
                          "the client certificate cannot be used",
                          "config: couldn't load client cert file " + words);
      }
      return;
    }
    const std::string_view which = first ? "tls_client_key_file" : "tls_client_cert_file";
    const Error& error = first ? second.error() : first.error();
    const std::string message =
        fmt::format("`{}`: cannot read {}", which, first ? key : certificate);
    if (defaults_.files_must_exist) {
      problems_.refused(fields_.where(which), message,
                        "config: couldn't load client cert file " + error.message);
    } else {
      problems_.warning(fields_.where(which), message);
    }
  }

  const Fields& fields_;
  Problems& problems_;
  const RouteDefaults& defaults_;
  bool encrypts_ = false;
};

}  // namespace

std::shared_ptr<const TlsSettings> read_tls(const Fields& fields, const RouteDefaults& defaults,
                                            const Route& route) {
  constexpr std::array<std::string_view, 10> kKeys = {
      "tls_skip_verify",          "tls_server_name",
      "tls_upstream_server_name", "tls_custom_ca",
      "tls_custom_ca_file",       "tls_client_cert",
      "tls_client_cert_file",     "tls_client_key",
      "tls_client_key_file",      "tls_upstream_allow_renegotiation"};
  if (std::ranges::none_of(kKeys, [&](std::string_view key) { return fields.has(key); })) {
    return defaults.tls;
  }
  auto out = std::make_shared<TlsSettings>();
  out->skip_verify = fields.boolean("tls_skip_verify").value_or(false);
  out->allow_renegotiation = fields.boolean("tls_upstream_allow_renegotiation").value_or(false);
  out->server_name = fields.string("tls_upstream_server_name").value_or("");
  if (out->server_name.empty()) {
    out->server_name = fields.string("tls_server_name").value_or("");
  }
  const bool encrypts =
      std::ranges::any_of(route.to, [](const Upstream& to) { return uses_tls(to.scheme); });
  constexpr std::size_t kLongestName = 255;
  if (encrypts && out->server_name.size() > kLongestName) {
    fields.problems().route_down(fields.where("tls_server_name"), FaultEffect::ClusterNotFound,
                                 "the server name for TLS is longer than 255 bytes",
                                 "UpstreamTlsContextValidationError.Sni: value length must be at "
                                 "most 255 bytes");
  }
  const TlsReader reader(fields, defaults, route);
  reader.trusted_ca(*out);
  reader.client_certificate(*out);
  return out;
}

}  // namespace prober::config
