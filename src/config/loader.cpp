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

#include "config/base64.h"
#include "config/environment.h"
#include "config/fields.h"
#include "config/global_reader.h"
#include "config/route_reader.h"
#include "config/to_reader.h"
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
  if (problem.empty()) {
    out.reserve(static_cast<std::size_t>(info.st_size));
  }
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

// Go's words for what cannot be read as a file of Pomerium at all.
std::string words_of(const SyntaxProblem& problem) {
  return "failed to read config: While parsing config: yaml: " + problem.words;
}

class Loader {
 public:
  Loader(const LoadOptions& options, Loaded& out) : out_(out) {
    globals_.defaults.files_must_exist = options.files_must_exist;
  }

  void add_text(const std::string& name, std::string_view text) {
    File& file = parse(name, text);
    const Value root = file.tree.root();
    if (root.is_null() && file.tree.sound()) {
      file.problems.error_at(1, 1, "the file is empty");
    } else if (!root.is_map() && file.tree.sound()) {
      file.problems.refused(root, "the file must be a map of keys such as `routes:`",
                            "failed to read config: While parsing config: yaml: cannot unmarshal "
                            "into map[string]interface {}");
    }
  }

  void add_failure(const std::string& name, const std::string& message) {
    Problems(name, out_.diagnostics).error_at(1, 1, message);
  }

  // Lists of routes in the environment take the place of those in the files.
  void add_environment(const Environment& environment) {
    environment_read_ = !environment.empty();
    const std::string text = environment_document(environment);
    if (!text.empty()) {
      File& file = parse("environment", text);
      environment_ = &file;
    }
  }

  Configuration run() {
    for (const auto& file : files_) {
      if (file->tree.root().is_map()) {
        read_globals(file->tree.root(), file->problems, globals_);
      }
    }
    globals_.needs.conclude(environment_read_);
    if (!globals_.max_stream_duration_given && globals_.timeout_write) {
      globals_.proxy.max_stream_duration = *globals_.timeout_write;
    }
    globals_.defaults.proxy = std::make_shared<const ProxySettings>(globals_.proxy);
    globals_.defaults.probe = std::make_shared<const ProbeSettings>(globals_.probe);
    const std::size_t files = files_.size();  // lists in base64 are parsed on the way
    for (std::size_t i = 0; i < files; ++i) {
      if (files_[i]->tree.root().is_map()) {
        read_routes(*files_[i]);
      }
      if (files_[i].get() != environment_) {
        files_[i]->tree = Tree();  // big files: the routes are all that is needed now
      }
    }
    clusters_ = {};
    warn_of_same_names();
    forget_moot();
    spread_faults();
    return {std::move(globals_.settings), std::move(routes_)};
  }

 private:
  File& parse(const std::string& name, std::string_view text) {
    auto file = std::make_unique<File>(name, out_.diagnostics);
    std::vector<SyntaxProblem> problems;
    file->tree = Tree::parse(text, problems);
    for (SyntaxProblem& one : problems) {
      if (one.ours) {
        file->problems.error_at(one.line, one.column, std::move(one.message));
      } else if (one.words.empty()) {
        file->problems.note_at(one.line, one.column, std::move(one.message));
      } else {
        file->problems.refused_at(one.line, one.column, std::move(one.message), words_of(one));
      }
    }
    files_.push_back(std::move(file));
    return *files_.back();
  }

  void read_routes(File& file) {
    const Fields fields(file.tree.root(), "the file", file.problems);
    for (const std::string_view key : {"policy", "routes"}) {
      const auto list = fields.get(key);
      const bool replaced =
          environment_ != nullptr && &file != environment_ &&
          Fields(environment_->tree.root(), "the environment", environment_->problems).has(key);
      if (list) {
        read_list(file, key, *list, replaced);
      }
    }
    file.problems.enter("", 0);
  }

  void read_list(File& file, std::string_view key, const Value& list, bool replaced) {
    if (list.is_scalar() && !replaced) {
      read_encoded(file, key, list);
      return;
    }
    const bool single = list.is_map() && !list.members().empty();
    if (list.is_map() && !single) {
      file.problems.all_down(list, FaultEffect::RouteNotFound,
                             fmt::format("`{}` is an empty map: there is no route", key), "");
    }
    const std::vector<Value> entries = single ? std::vector<Value>{list} : list.items();
    routes_.reserve(routes_.size() + entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      file.problems.enter(key, i);
      read_entry(file, entries[i], replaced);
    }
  }

  void read_entry(File& file, const Value& entry, bool replaced) {
    const bool later = &file != files_.front().get();
    if (!entry.is_map()) {
      const bool nothing = entry.is_null();
      file.problems.refused(entry, "a route must be a map of keys",
                            nothing ? "config: policy bad source url url cannot be empty"
                                    : "cannot convert nested map: all keys must be strings");
    } else if (later && only_adds_probe(entry)) {
      lay_over(entry, file.problems);
    } else if (!replaced) {
      ReadRoute read = read_route(entry, globals_.defaults, file.problems);
      check_unique(read, entry, file.problems);
      routes_.push_back(std::move(read.route));
    }
  }

  // ROUTES and POLICY hold their list as YAML in base64 (config/custom.go, DecodePolicyBase64Hook),
  // and a text in a file is taken for the same.
  void read_encoded(File& file, std::string_view key, const Value& list) {
    const auto text = decode_base64(list.text());
    if (!text) {
      file.problems.refused(
          list, fmt::format("`{}` must be a list of routes", key),
          fmt::format("'{}' base64 decoding policy data: illegal base64 data at input byte {}", key,
                      bad_base64_at(list.text())));
      return;
    }
    File& inner = parse(fmt::format("{} in base64", key), *text);
    if (!inner.tree.root().is_sequence() && inner.tree.sound()) {
      inner.problems.refused(inner.tree.root(), "must be a list of routes",
                             "parsing base64-encoded policy data as yaml: cannot unmarshal");
      return;
    }
    const std::vector<Value> entries = inner.tree.root().items();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      inner.problems.enter(key, i);
      read_entry(inner, entries[i], false);
    }
  }

  void check_unique(const ReadRoute& read, const Value& entry, Problems& problems) {
    if (read.cluster.empty()) {
      return;
    }
    const auto [known, added] =
        clusters_.try_emplace(std::hash<std::string>{}(read.cluster), routes_.size());
    if (!added) {
      problems.refused(entry,
                       fmt::format("the same `from`, path and `to` as on line {}",
                                   routes_[known->second].source.line),
                       fmt::format("route {} is not unique", read.cluster));
    }
  }

  // An entry with nothing but a name, a match and a `probe:` adds it to the one route that it
  // matches.
  void lay_over(const Value& entry, Problems& problems) {
    const Fields fields(entry, "a route", problems);
    std::vector<Route*> matches;
    for (Route& route : routes_) {
      const auto agrees = [&fields](std::string_view key, const std::string& value) {
        const auto wanted = fields.string(key);
        return !wanted || *wanted == value;
      };
      if (agrees("name", route.name) && agrees("from", route.from) &&
          agrees("prefix", route.match->prefix) && agrees("path", route.match->path) &&
          agrees("regex", route.match->regex)) {
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
    for (const Route& route : routes_) {
      const auto [known, added] = seen.try_emplace(route.name, &route);
      if (!added) {
        out_.diagnostics.push_back(
            {Consequence::Note, route.source,
             fmt::format("the name `{}` is already taken by the route on line {}", route.name,
                         known->second->source.line)});
      }
    }
  }

  // What is wrong at the top matters only where a route needs it.
  void forget_moot() {
    const auto hit = [this](const std::shared_ptr<const ConfigFault>& fault) {
      return !fault || std::ranges::any_of(
                           routes_, [&fault](const Route& route) { return route.fault == fault; });
    };
    const RouteDefaults& defaults = globals_.defaults;
    for (const auto& fault : {defaults.tls_fault, defaults.cluster_fault, defaults.names_fault}) {
      if (!hit(fault)) {
        soften(fault->position);
      }
    }
    const bool names =
        std::ranges::any_of(routes_, [](const Route& route) { return resolves_names(route.to); });
    if (globals_.bad_resolvers && !names) {
      soften(*globals_.bad_resolvers);
    }
  }

  void soften(const SourcePosition& where) {
    for (Diagnostic& one : out_.diagnostics) {
      const SourcePosition& at = one.position;
      if (at.file == where.file && at.line == where.line && at.column == where.column) {
        one.consequence = Consequence::Note;
      }
    }
  }

  // A fault of the whole file holds for all routes, unless one of their own comes first.
  void spread_faults() {
    std::shared_ptr<const ConfigFault> of_all;
    for (const auto& file : files_) {
      keep_stronger(of_all, file->problems.fault_of_all());
    }
    for (Route& route : routes_) {
      keep_stronger(route.fault, of_all);
    }
  }

  Loaded& out_;
  std::vector<std::unique_ptr<File>> files_;
  File* environment_ = nullptr;
  bool environment_read_ = false;
  Globals globals_;
  std::vector<Route> routes_;
  std::unordered_map<std::size_t, std::size_t> clusters_;  // name's hash to the route's index
};

void conclude(Loader& loader, const LoadOptions& options, Loaded& out) {
  loader.add_environment(options.environment);
  Configuration configuration = loader.run();
  // In the order of the files, then of the lines; the top-level keys of all files were read first.
  std::unordered_map<std::string, std::size_t> order;
  for (const Diagnostic& one : out.diagnostics) {
    order.try_emplace(*one.position.file, order.size());
  }
  std::ranges::stable_sort(out.diagnostics, {}, [&order](const Diagnostic& one) {
    return std::pair(order.at(*one.position.file), one.position.line);
  });
  if (std::ranges::none_of(out.diagnostics, &Diagnostic::blocks)) {
    out.configuration = std::move(configuration);
  }
}

}  // namespace

std::string_view to_string(Consequence consequence) {
  switch (consequence) {
    case Consequence::RefusesToStart:
      return "refuses to start";
    case Consequence::AllRoutesDown:
      return "takes every route down";
    case Consequence::RouteDown:
      return "takes this route down";
    case Consequence::Ignored:
      return "ignored";
    case Consequence::Invalid:
    case Consequence::Note:
      break;
  }
  return "";
}

std::string to_string(const Diagnostic& diagnostic) {
  const SourcePosition& at = diagnostic.position;
  const std::string_view consequence = to_string(diagnostic.consequence);
  return fmt::format("{}:{}:{}: {}: {}{}{}", at.file ? *at.file : "", at.line, at.column,
                     diagnostic.is_error() ? "error" : "warning", consequence,
                     consequence.empty() ? "" : ": ", diagnostic.message);
}

Loaded load_documents(const std::vector<Document>& documents, const LoadOptions& options) {
  Loaded out;
  Loader loader(options, out);
  for (const Document& document : documents) {
    loader.add_text(document.name, document.text);
  }
  conclude(loader, options, out);
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
  conclude(loader, options, out);
  return out;
}

std::string library_version() {
  return "yaml-cpp " YAML_CPP_VERSION;
}

}  // namespace prober::config
