#include "resolver_config.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <ranges>

#include "prober/ascii.h"
#include "words.h"

namespace prober::net {
namespace {

constexpr std::size_t kLongestKey = 31;
constexpr std::size_t kLongestValue = 511;

// c-ares keeps the first of several equal domains.
void set_domains(ResolverConfig& config, std::string_view text, std::size_t most) {
  config.domains.clear();
  for (const std::string_view domain : split_words(text, ", ")) {
    const bool known = std::ranges::any_of(
        config.domains, [domain](const std::string& one) { return same_letters(one, domain); });
    if (!known && config.domains.size() < most) {
      config.domains.emplace_back(domain);
    }
  }
}

void set_sources(ResolverConfig& config, std::string_view text) {
  std::string sources;
  for (const std::string_view word : split_words(text, " \t")) {
    const std::string name = lower_case(word);
    const bool dns = name == "dns" || name == "bind" || name == "resolv" || name == "resolve";
    const bool file = name == "files" || name == "file" || name == "local";
    const char source = dns ? 'b' : 'f';
    if ((dns || file) && sources.find(source) == std::string::npos) {
      sources += source;
    }
  }
  if (!sources.empty()) {
    config.sources = sources;
  }
}

void set_options(ResolverConfig& config, std::string_view text) {
  for (const std::string_view word : split_words(text, " \t")) {
    const std::size_t colon = std::min(word.find(':'), word.size());
    if (word.substr(0, colon) == "ndots") {
      const std::string value(word.substr(std::min(colon + 1, word.size())));
      config.ndots = std::strtoul(value.c_str(), nullptr, 10);
    }
  }
}

void read_resolv_line(ResolverConfig& config, std::string_view line) {
  const std::string_view key = line.substr(0, line.find_first_of(kBlanks));
  const std::string_view value = trimmed(line.substr(key.size()));
  if (key.size() > kLongestKey || value.empty() || value.size() > kLongestValue ||
      !is_printable(value)) {
    return;
  }
  constexpr std::size_t kAll = std::string_view::npos;
  if (key == "search") {
    set_domains(config, value, kAll);
  } else if (key == "domain" && config.domains.empty()) {
    set_domains(config, value, 1);
  } else if (key == "lookup" || key == "hostresorder") {
    set_sources(config, value);
  } else if (key == "options") {
    set_options(config, value);
  }
}

void read_nsswitch_line(ResolverConfig& config, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && trimmed(line.substr(0, colon)) == "hosts") {
    set_sources(config, line.substr(colon + 1));
  }
}

template <typename Read>
void read_lines(std::string_view text, std::string_view comments, Read read) {
  for (const auto part : std::views::split(text, '\n')) {
    const std::string_view line = trimmed(std::string_view(part.begin(), part.end()));
    if (!line.empty() && comments.find(line.front()) == std::string_view::npos) {
      read(line);
    }
  }
}

std::string text_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

ResolverConfig ResolverConfig::parse(const ResolverFiles& files) {
  ResolverConfig out;
  read_lines(files.resolv_conf, "#;",
             [&out](std::string_view line) { read_resolv_line(out, line); });
  read_lines(files.nsswitch_conf, "#",
             [&out](std::string_view line) { read_nsswitch_line(out, line); });
  if (!files.local_domain.empty()) {
    set_domains(out, files.local_domain, 1);
  }
  set_options(out, files.res_options);
  if (const std::size_t dot = files.host_name.find('.');
      out.domains.empty() && dot != std::string::npos) {
    out.domains.push_back(files.host_name.substr(dot + 1));
  }
  return out;
}

ResolverConfig ResolverConfig::of_system() {
  std::array<char, 256> host_name{};
  if (gethostname(host_name.data(), host_name.size() - 1) != 0) {
    host_name.fill('\0');
  }
  return parse({text_of("/etc/resolv.conf"), text_of("/etc/nsswitch.conf"), variable("LOCALDOMAIN"),
                variable("RES_OPTIONS"), host_name.data()});
}

std::vector<std::string> ResolverConfig::names_for(const std::string& name) const {
  if (name.ends_with('.')) {
    return {name};
  }
  std::vector<std::string> out;
  out.reserve(domains.size() + 1);
  for (const std::string& domain : domains) {
    out.push_back(name + "." + (domain == "." ? "" : domain));
  }
  const bool first = static_cast<std::size_t>(std::ranges::count(name, '.')) >= ndots;
  out.insert(first ? out.begin() : out.end(), name);
  return out;
}

bool is_onion(std::string_view name) {
  const std::string small = lower_case(name);
  return small.ends_with(".onion") || small.ends_with(".onion.");
}

}  // namespace prober::net
