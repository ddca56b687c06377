#include "config/global_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/base64.h"
#include "config/cluster_reader.h"
#include "config/fields.h"
#include "config/global_checks.h"
#include "config/go_url.h"
#include "config/probe_reader.h"
#include "config/rewrite_reader.h"
#include "config/route_reader.h"

namespace prober::config {
namespace {

// Pomerium: config/envoyconfig/envoyconfig.go, buildIPAddressFromURL.
Result<DnsResolverAddress> parse_resolver(std::string_view text) {
  const auto bad = [](std::string what) { return std::unexpected(Error{std::move(what)}); };
  const auto url = parse_go_url(text);
  if (!url) {
    return bad("parse url: " + url.error().message);
  }
  if (url->scheme != "udp" && url->scheme != "tcp") {
    return bad("unsupported url scheme: " + url->scheme);
  }
  const HostPort parts = split_host(url->host);
  const auto ip = IpAddress::parse(parts.host);
  if (!ip) {
    return bad(fmt::format("host must be an IP address: {}", parts.host));
  }
  if (parts.port.empty()) {
    return bad("must include a port");
  }
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(parts.port.data(), parts.port.data() + parts.port.size(), port);
  if (error != std::errc() || port == 0) {
    return bad(fmt::format("invalid port \"{}\"", parts.port));
  }
  return DnsResolverAddress{*ip, port};
}

class GlobalReader {
 public:
  GlobalReader(const Value& root, Problems& problems, Globals& globals)
      : fields_(root, "the file", problems), problems_(problems), out_(globals) {}

  void run() {
    fields_.check_pomerium_keys(Section::Top);
    check_options(fields_, out_.defaults.files_must_exist);
    out_.needs.read(fields_);
    read_identity_providers(fields_, out_.defaults.identity);
    check_response_headers(fields_);
    timeouts();
    if (fields_.has("allow_upgrades")) {
      out_.defaults.upgrades = fields_.strings("allow_upgrades");
      check_upgrades(fields_, out_.defaults.upgrades);
    }
    certificate_authority();
    dns();
    bind();
    circuit_breakers();
    blocks();
  }

 private:
  void timeouts() {
    if (const auto span = fields_.duration("default_upstream_timeout")) {
      out_.defaults.timeout = *span;
      if (*span < Duration{}) {
        problems_.all_down(fields_.where("default_upstream_timeout"), FaultEffect::RouteNotFound,
                           "`default_upstream_timeout` is below 0",
                           "Invalid duration: Expected positive duration");
      }
    }
    if (const auto span = fields_.duration("timeout_read")) {
      out_.settings.request_timeout = std::max(*span, Duration{});
    }
    if (const auto span = fields_.duration("timeout_write")) {
      out_.timeout_write = std::max(*span, Duration{});
    }
    for (const std::string_view key : {"timeout_read", "timeout_idle"}) {
      if (fields_.duration(key).value_or(Duration{}) < Duration{}) {
        problems_.all_down(fields_.where(key), FaultEffect::PortNeverOpens,
                           fmt::format("`{}` is below 0", key),
                           "Invalid duration: Expected positive duration");
      }
    }
  }

  // Both together count; what is wrong with either takes down the routes that need the roots.
  void certificate_authority() {
    const std::string text = fields_.string("certificate_authority").value_or("");
    const std::string file = fields_.string("certificate_authority_file").value_or("");
    if (text.empty() && file.empty()) {
      return;
    }
    constexpr std::string_view kNoRoots =
        "SAN-based verification of peer certificates without trusted CA is insecure and not "
        "allowed";
    PemSource& source = out_.settings.certificate_authority;
    source = {};
    const auto decoded = decode_base64(text);
    if (!decoded) {
      roots_down("certificate_authority", "is not base64", kNoRoots);
    } else if (!text.empty()) {
      source.text = *decoded;
      if (const std::string fault = added_ca_fault(*decoded); !fault.empty()) {
        roots_down("certificate_authority", fault, "Failed to load trusted CA certificates");
      }
    }
    if (file.empty()) {
      return;
    }
    const Result<std::string>& content = out_.defaults.files->read(file);
    if (!content && !out_.defaults.files_must_exist) {
      problems_.warning(fields_.where("certificate_authority_file"),
                        fmt::format("`certificate_authority_file`: cannot read {}", file));
    } else if (!content) {
      roots_down("certificate_authority_file", "cannot read " + file, kNoRoots);
    } else if (const std::string fault = added_ca_fault(*content); !fault.empty()) {
      roots_down("certificate_authority_file", fault, "Failed to load trusted CA certificates");
    }
    if (source.text.empty()) {
      source.file = file;
    } else if (content) {
      source.text += "\n" + *content;
    }
  }

  void roots_down(std::string_view key, std::string_view what, std::string_view words) {
    problems_.route_down(
        fields_.where(key), FaultEffect::ClusterNotFound,
        fmt::format("`{}`: {}, which takes down every route to https without a CA of its own", key,
                    what),
        words);
    keep_stronger(out_.defaults.tls_fault, problems_.take_route_fault());
  }

  void dns() {
    DnsSettings& dns = out_.settings.dns;
    family();
    query_timeout(dns);
    rates();
    if (const auto tries = fields_.number("dns_query_tries", 0, 1000); tries && *tries > 0) {
      dns.query_tries = static_cast<int>(*tries);
    }
    if (const auto most = fields_.number("dns_udp_max_queries", 0, 1'000'000); most && *most > 0) {
      dns.udp_max_queries = static_cast<int>(*most);
    }
    dns.use_tcp = fields_.boolean("dns_use_tcp").value_or(dns.use_tcp);
    if (!fields_.has("dns_resolvers")) {
      return;
    }
    dns.resolvers.clear();
    for (const std::string& text : fields_.strings("dns_resolvers")) {
      if (const auto resolver = parse_resolver(text)) {
        dns.resolvers.push_back(*resolver);
      } else {
        out_.bad_resolvers = problems_.position(fields_.where("dns_resolvers"));
        problems_.refused(
            fields_.where("dns_resolvers"),
            fmt::format("{} in `dns_resolvers` is not of the form udp://10.0.0.1:53", shown(text)),
            fmt::format("failed to build address from resolver \"{}\": {}", text,
                        resolver.error().message));
      }
    }
  }

  void query_timeout(DnsSettings& dns) {
    const auto span = fields_.duration("dns_query_timeout");
    if (!span) {
      return;
    }
    // Pomerium hands over whole seconds.
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(*span);
    if (*span < Duration{}) {
      problems_.refused(fields_.where("dns_query_timeout"), "`dns_query_timeout` is below 0",
                        "config: dns_query_timeout must be positive");
    } else if (whole.count() < 1) {
      problems_.warning(fields_.where("dns_query_timeout"),
                        "`dns_query_timeout` below 1s becomes 0 in Pomerium; 5s is taken");
    } else {
      dns.query_timeout = whole;
    }
  }

  void rates() {
    constexpr Duration kLeast = std::chrono::milliseconds(1);
    for (const std::string_view key : {"dns_refresh_rate", "dns_failure_refresh_rate"}) {
      const auto span = fields_.duration(key);
      const Value where = fields_.where(key);
      if (span && *span < kLeast) {
        problems_.refused(where, fmt::format("`{}` is less than 1ms", key),
                          fmt::format("config: {} must be at least 1ms", key));
      } else if (span == kLeast) {
        problems_.route_down(
            where, FaultEffect::ClusterNotFound,
            fmt::format("`{}` must be more than 1ms, or every route to a name is down", key),
            key == "dns_refresh_rate"
                ? "DnsClusterValidationError.DnsRefreshRate: value must be greater than 1ms"
                : "RefreshRateValidationError.BaseInterval: value must be greater than 1ms");
        keep_stronger(out_.defaults.names_fault, problems_.take_route_fault());
      }
    }
  }

  void family() {
    const auto text = fields_.string("dns_lookup_family");
    if (!text || text->empty()) {
      return;
    }
    constexpr std::array<std::pair<std::string_view, DnsLookupFamily>, 5> kFamilies = {{
        {"AUTO", DnsLookupFamily::Auto},
        {"V4_ONLY", DnsLookupFamily::V4Only},
        {"V6_ONLY", DnsLookupFamily::V6Only},
        {"V4_PREFERRED", DnsLookupFamily::V4Preferred},
        {"ALL", DnsLookupFamily::All},
    }};
    const auto* found = std::ranges::find(kFamilies, std::string_view(*text),
                                          &std::pair<std::string_view, DnsLookupFamily>::first);
    if (found == kFamilies.end()) {
      problems_.refused(
          fields_.where("dns_lookup_family"),
          "`dns_lookup_family` must be AUTO, V4_ONLY, V6_ONLY, V4_PREFERRED or ALL, in capitals",
          fmt::format("config: unknown dns_lookup_family: known families are: AUTO, V4_ONLY, "
                      "V6_ONLY, V4_PREFERRED, ALL: {}",
                      *text));
    } else {
      out_.defaults.lookup_family = found->second;
    }
  }

  void bind() {
    Settings& settings = out_.settings;
    settings.bind_freebind =
        fields_.boolean("envoy_bind_config_freebind").value_or(settings.bind_freebind);
    const auto text = fields_.string("envoy_bind_config_source_address");
    if (!text || text->empty()) {
      return;
    }
    settings.bind_address = IpAddress::parse(*text);
    if (!settings.bind_address) {
      problems_.route_down(fields_.where("envoy_bind_config_source_address"),
                           FaultEffect::ClusterNotFound,
                           "`envoy_bind_config_source_address` is no IP address, which takes down "
                           "every route to an address or name",
                           fmt::format("malformed IP address: {}", *text));
      keep_stronger(out_.defaults.cluster_fault, problems_.take_route_fault());
    }
  }

  // They bind Pomerium's own clusters too, without which its listener never gets ready.
  void circuit_breakers() {
    const auto block = fields_.get("circuit_breaker_thresholds");
    if (!block) {
      return;
    }
    auto cluster = std::make_shared<ClusterSettings>(*out_.defaults.cluster);
    read_circuit_breakers(*block, cluster->circuit_breakers, problems_);
    const CircuitBreakers& read = cluster->circuit_breakers;
    for (const auto& [key, value] :
         {std::pair{"max_requests", read.max_requests},
          std::pair{"max_pending_requests", read.max_pending_requests}}) {
      if (value == 0U) {
        problems_.all_down(*block, FaultEffect::PortNeverOpens,
                           fmt::format("a global `{}` of 0 lets nothing through within Pomerium "
                                       "itself",
                                       key),
                           "");
      } else if (value == 1U) {
        problems_.warning(*block, fmt::format("a global `{}` of 1 also binds Pomerium's own "
                                              "services, which then fail under load",
                                              key));
      }
    }
    out_.defaults.cluster = std::move(cluster);
  }

  void blocks() {
    if (const auto probe = fields_.get("probe")) {
      read_probe(*probe, ProbeScope::Global, out_.probe, problems_);
      const Fields block(*probe, "`probe`", problems_);
      if (const auto most = block.number("concurrency", 1, 1'000'000)) {
        out_.settings.concurrency = static_cast<std::uint32_t>(*most);
      }
      if (const auto misplaced = block.get("proxy")) {
        problems_.error(*misplaced, "the global `proxy` stands at the top level, beside `probe`");
      }
    }
    if (const auto proxy = fields_.get("proxy")) {
      read_proxy(*proxy, out_.proxy, problems_);
      out_.max_stream_duration_given =
          out_.max_stream_duration_given ||
          (proxy->is_map() && Fields(*proxy, "`proxy`", problems_).has("max_stream_duration"));
    }
  }

  Fields fields_;
  Problems& problems_;
  Globals& out_;
};

}  // namespace

Globals::Globals() {
  auto cluster = std::make_shared<ClusterSettings>();
  // Pomerium puts an empty outlier_detection on every route (pkg/grpc/config/convert.go).
  cluster->outlier_detection = OutlierDetection{};
  defaults.cluster = std::move(cluster);
  defaults.match = std::make_shared<const PathMatch>();
  defaults.tls = std::make_shared<const TlsSettings>();
  defaults.rewrite = std::make_shared<const RequestRewrite>();
  defaults.files = std::make_shared<PemFiles>();
}

void read_globals(const Value& root, Problems& problems, Globals& globals) {
  GlobalReader(root, problems, globals).run();
}

}  // namespace prober::config
