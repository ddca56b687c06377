// Files -> trees -> settings -> routes. The top-level blocks of all files are read before any
// route, since a later file's `probe:` and `proxy:` also hold for the routes of an earlier one.

#include "config/loader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "config/cluster_reader.h"
#include "config/fields.h"
#include "config/probe_reader.h"
#include "config/route_reader.h"
#include "config/tree.h"

namespace prober::config {
namespace {

constexpr off_t kMostBytes = off_t{64} << 20;

Result<std::string> read_text(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info{};
  if (fd < 0 || ::fstat(fd, &info) != 0) {
    const std::string reason = std::strerror(errno);
    if (fd >= 0) {
      ::close(fd);
    }
    return std::unexpected(Error{"cannot read the file: " + reason});
  }
  std::string out;
  std::string problem = S_ISDIR(info.st_mode)       ? "this is a directory, not a file"
                        : info.st_size > kMostBytes ? "the file is larger than 64 MiB"
                                                    : "";
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  while (problem.empty() && (count = ::read(fd, buffer.data(), buffer.size())) > 0) {
    out.append(buffer.data(), static_cast<std::size_t>(count));
    // A FIFO or /dev/zero has no size of its own.
    if (out.size() > static_cast<std::size_t>(kMostBytes)) {
      problem = "the file is larger than 64 MiB";
    }
  }
  ::close(fd);
  if (!problem.empty()) {
    return std::unexpected(Error{problem});
  }
  return out;
}

struct File {
  File(const std::string& name, std::vector<Diagnostic>& diagnostics)
      : problems(name, diagnostics) {}
  Problems problems;
  Tree tree;
};

class Loader {
 public:
  Loader(const LoadOptions& options, Loaded& out) : options_(options), out_(out) {
    auto cluster = std::make_shared<ClusterSettings>();
    // Pomerium puts an empty outlier_detection on every route.
    cluster->outlier_detection = OutlierDetection{};
    cluster_ = std::move(cluster);
    defaults_.files_must_exist = options.files_must_exist;
    defaults_.tls = std::make_shared<const TlsSettings>();
    defaults_.rewrite = std::make_shared<const RequestRewrite>();
  }

  void add_text(const std::string& name, std::string_view text) {
    auto file = std::make_unique<File>(name, out_.diagnostics);
    std::vector<SyntaxProblem> problems;
    file->tree = Tree::parse(text, problems);
    for (SyntaxProblem& one : problems) {
      file->problems.error_at(one.line, one.column, std::move(one.message));
    }
    const Value root = file->tree.root();
    if (problems.empty() && root.is_null()) {
      file->problems.error_at(1, 1, "the file is empty");
    } else if (!root.is_map() && problems.empty()) {
      file->problems.error(root, "the file must be a map of keys such as `routes:`");
    }
    files_.push_back(std::move(file));
  }

  void add_failure(const std::string& name, const std::string& message) {
    Problems(name, out_.diagnostics).error_at(1, 1, message);
  }

  Configuration run() {
    for (const auto& file : files_) {
      read_top(*file);
    }
    if (!max_stream_duration_given_ && timeout_write_) {
      proxy_.max_stream_duration = *timeout_write_;
    }
    defaults_.cluster = cluster_;
    defaults_.proxy = std::make_shared<const ProxySettings>(proxy_);
    defaults_.probe = std::make_shared<const ProbeSettings>(probe_);
    for (const auto& file : files_) {
      read_routes(*file);
    }
    warn_of_same_names();
    return std::move(configuration_);
  }

 private:
  void read_top(File& file) {
    const Value root = file.tree.root();
    if (!root.is_map()) {
      return;
    }
    const Fields fields(root, "the file", file.problems);
    fields.check_keys(Section::Top, UnknownKeys::Warning);
    Settings& settings = configuration_.settings;
    if (const auto span = fields.duration("default_upstream_timeout")) {
      defaults_.timeout = *span;
    }
    if (const auto span = fields.duration("timeout_read")) {
      settings.request_timeout = *span;
    }
    if (const auto span = fields.duration("timeout_write")) {
      timeout_write_ = span;
    }
    if (fields.has("allow_upgrades")) {
      const auto upgrades = fields.strings("allow_upgrades");
      defaults_.websocket = std::ranges::find(upgrades, "websocket") != upgrades.end();
    }
    if (fields.has("certificate_authority") || fields.has("certificate_authority_file")) {
      settings.certificate_authority =
          read_pem(fields, "certificate_authority", options_.files_must_exist);
    }
    read_dns(fields);
    read_bind(fields);
    if (const auto breakers = fields.get("circuit_breaker_thresholds")) {
      auto cluster = std::make_shared<ClusterSettings>(*cluster_);
      read_circuit_breakers(*breakers, cluster->circuit_breakers, file.problems);
      cluster_ = std::move(cluster);
    }
    read_blocks(fields);
  }

  void read_blocks(const Fields& fields) {
    Problems& problems = fields.problems();
    if (const auto probe = fields.get("probe")) {
      read_probe(*probe, ProbeScope::Global, probe_, problems);
      const Fields block(*probe, "`probe`", problems);
      if (const auto most = block.number("concurrency", 1, 1'000'000)) {
        configuration_.settings.concurrency = static_cast<std::uint32_t>(*most);
      }
      if (const auto misplaced = block.get("proxy")) {
        problems.error(*misplaced, "the global `proxy` stands at the top level, beside `probe`");
      }
    }
    if (const auto proxy = fields.get("proxy")) {
      read_proxy(*proxy, proxy_, problems);
      max_stream_duration_given_ =
          max_stream_duration_given_ ||
          (proxy->is_map() && Fields(*proxy, "`proxy`", problems).has("max_stream_duration"));
    }
  }

  void read_dns(const Fields& fields) {
    DnsSettings& dns = configuration_.settings.dns;
    read_family(fields);
    if (const auto span = fields.duration("dns_query_timeout")) {
      // Pomerium hands over whole seconds.
      const auto whole = std::chrono::duration_cast<std::chrono::seconds>(*span);
      if (whole.count() < 1) {
        fields.problems().warning(
            fields.where("dns_query_timeout"),
            "`dns_query_timeout` below 1s becomes 0 in Pomerium; 5s is taken");
      } else {
        dns.query_timeout = whole;
      }
    }
    if (const auto tries = fields.number("dns_query_tries", 0, 1000); tries && *tries > 0) {
      dns.query_tries = static_cast<int>(*tries);
    }
    if (const auto most = fields.number("dns_udp_max_queries", 0, 1'000'000); most && *most > 0) {
      dns.udp_max_queries = static_cast<int>(*most);
    }
    dns.use_tcp = fields.boolean("dns_use_tcp").value_or(dns.use_tcp);
    if (!fields.has("dns_resolvers")) {
      return;
    }
    dns.resolvers.clear();
    for (const std::string& text : fields.strings("dns_resolvers")) {
      if (const auto resolver = parse_resolver(text)) {
        dns.resolvers.push_back(*resolver);
      } else {
        fields.problems().error(
            fields.where("dns_resolvers"),
            fmt::format("`{}` in `dns_resolvers` is not of the form udp://10.0.0.1:53; "
                        "Pomerium refuses to start",
                        text));
      }
    }
  }

  void read_family(const Fields& fields) {
    const auto text = fields.string("dns_lookup_family");
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
      fields.problems().error(
          fields.where("dns_lookup_family"),
          "`dns_lookup_family` must be AUTO, V4_ONLY, V6_ONLY, V4_PREFERRED or ALL; "
          "Pomerium refuses to start");
    } else {
      defaults_.lookup_family = found->second;
    }
  }

  static std::optional<DnsResolverAddress> parse_resolver(std::string_view text) {
    const std::size_t scheme = text.find("://");
    const std::string_view name = text.substr(0, std::min(scheme, text.size()));
    if (scheme == std::string_view::npos || (name != "udp" && name != "tcp")) {
      return std::nullopt;
    }
    std::string_view rest = text.substr(scheme + 3);
    const std::size_t colon = rest.rfind(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    std::string_view host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
      host = host.substr(1, host.size() - 2);
    }
    const auto ip = IpAddress::parse(host);
    int port = 0;
    const std::string digits(rest.substr(colon + 1));
    const bool numeric = !digits.empty() && digits.size() <= 5 &&
                         std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    port = numeric ? std::stoi(digits) : 0;
    if (!ip || port < 1 || port > 65535) {
      return std::nullopt;
    }
    return DnsResolverAddress{*ip, static_cast<std::uint16_t>(port)};
  }

  void read_bind(const Fields& fields) {
    Settings& settings = configuration_.settings;
    settings.bind_freebind =
        fields.boolean("envoy_bind_config_freebind").value_or(settings.bind_freebind);
    const auto text = fields.string("envoy_bind_config_source_address");
    if (!text || text->empty()) {
      return;
    }
    settings.bind_address = IpAddress::parse(*text);
    if (!settings.bind_address) {
      fields.problems().warning(
          fields.where("envoy_bind_config_source_address"),
          "`envoy_bind_config_source_address` is not an IP address: Envoy rejects "
          "the clusters, and routes answer 503 cluster_not_found");
    }
  }

  void read_routes(File& file) {
    const Value root = file.tree.root();
    if (!root.is_map()) {
      return;
    }
    const bool later = &file != files_.front().get();
    const Fields fields(root, "the file", file.problems);
    for (const std::string_view key : {"policy", "routes"}) {
      const auto list = fields.get(key);
      if (!list) {
        continue;
      }
      if (!list->is_sequence()) {
        file.problems.error(*list, fmt::format("`{}` must be a list of routes", key));
        continue;
      }
      for (const Value& entry : list->items()) {
        if (!entry.is_map()) {
          file.problems.error(entry, "a route must be a map of keys");
        } else if (later && only_adds_probe(entry)) {
          lay_over(entry, file.problems);
        } else {
          configuration_.routes.push_back(read_route(entry, defaults_, file.problems));
        }
      }
    }
  }

  // An entry with nothing but a name, a match and a `probe:` adds it to the one route that it
  // matches.
  void lay_over(const Value& entry, Problems& problems) {
    const Fields fields(entry, "a route", problems);
    std::vector<Route*> matches;
    for (Route& route : configuration_.routes) {
      const auto agrees = [&fields](std::string_view key, const std::string& value) {
        const auto wanted = fields.string(key);
        return !wanted || *wanted == value;
      };
      if (agrees("name", route.name) && agrees("from", route.from) &&
          agrees("prefix", route.match.prefix) && agrees("path", route.match.path) &&
          agrees("regex", route.match.regex)) {
        matches.push_back(&route);
      }
    }
    if (matches.size() == 1) {
      add_probe(entry, *matches.front(), problems);
      return;
    }
    std::string lines;
    for (const Route* route : matches) {
      lines += fmt::format("{}{}:{}", lines.empty() ? "" : ", ", *route->source.file,
                           route->source.line);
    }
    problems.error(
        entry,
        matches.empty()
            ? "this entry has only a `probe`, and no route of the earlier files matches it"
            : fmt::format("this entry has only a `probe`, and several routes match it: {}", lines));
  }

  void warn_of_same_names() {
    std::unordered_map<std::string_view, const Route*> seen;
    for (const Route& route : configuration_.routes) {
      const auto [known, added] = seen.try_emplace(route.name, &route);
      if (!added) {
        out_.diagnostics.push_back(
            {Severity::Warning, route.source,
             fmt::format("the name `{}` is already taken by the route on line {}", route.name,
                         known->second->source.line)});
      }
    }
  }

  const LoadOptions& options_;
  Loaded& out_;
  std::vector<std::unique_ptr<File>> files_;
  Configuration configuration_;
  RouteDefaults defaults_;
  std::shared_ptr<const ClusterSettings> cluster_;
  ProxySettings proxy_;
  ProbeSettings probe_;
  std::optional<Duration> timeout_write_;
  bool max_stream_duration_given_ = false;
};

void conclude(Loader& loader, Loaded& out) {
  Configuration configuration = loader.run();
  // In the order of the files, then of the lines; the top-level keys of all files were read first.
  std::unordered_map<std::string, std::size_t> order;
  for (const Diagnostic& one : out.diagnostics) {
    order.try_emplace(*one.position.file, order.size());
  }
  std::ranges::stable_sort(out.diagnostics, {}, [&order](const Diagnostic& one) {
    return std::pair(order.at(*one.position.file), one.position.line);
  });
  const bool errors = std::ranges::any_of(
      out.diagnostics, [](const Diagnostic& one) { return one.severity == Severity::Error; });
  if (!errors) {
    out.configuration = std::move(configuration);
  }
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  const SourcePosition& at = diagnostic.position;
  return fmt::format("{}:{}:{}: {}: {}", at.file ? *at.file : "", at.line, at.column,
                     diagnostic.severity == Severity::Error ? "error" : "warning",
                     diagnostic.message);
}

Loaded load_documents(const std::vector<Document>& documents, const LoadOptions& options) {
  Loaded out;
  Loader loader(options, out);
  for (const Document& document : documents) {
    loader.add_text(document.name, document.text);
  }
  conclude(loader, out);
  return out;
}

Loaded load_files(const std::vector<std::string>& paths, const LoadOptions& options) {
  Loaded out;
  Loader loader(options, out);
  for (const std::string& path : paths) {
    const auto text = read_text(path);
    if (text) {
      loader.add_text(path, *text);
    } else {
      loader.add_failure(path, text.error().message);
    }
  }
  conclude(loader, out);
  return out;
}

std::string library_version() {
  return "yaml-cpp " YAML_CPP_VERSION;
}

}  // namespace prober::config
