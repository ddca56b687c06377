#include "hosts_file.h"

#include <ares.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <utility>

#include "prober/ascii.h"
#include "words.h"

namespace prober::net {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestAddress = 45;

// The next word of the line, empty at its end or at a comment.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  if (line.starts_with('#')) {
    line = {};
  }
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

// c-ares' own reading of addresses: of "127.1" the missing bytes are zeros at the end.
bool parse_address(std::string_view word, IpAddress& out) {
  if (word.size() > kLongestAddress || !is_printable(word)) {
    return false;
  }
  const std::string text(word);
  out = {};
  if (ares_inet_pton(AF_INET, text.c_str(), out.bytes.data()) > 0) {
    return true;
  }
  out.v6 = true;
  return ares_inet_pton(AF_INET6, text.c_str(), out.bytes.data()) > 0;
}

bool is_host_name(std::string_view word) {
  return std::ranges::all_of(word, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-._/*").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

void add_once(std::vector<IpAddress>& to, const IpAddress& address) {
  if (std::ranges::find(to, address) == to.end()) {
    to.push_back(address);
  }
}

}  // namespace

HostsFile HostsFile::parse(std::string_view text) {
  HostsFile out;
  Line line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (parse_line(text.substr(0, end), line)) {
      out.add(line);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool HostsFile::parse_line(std::string_view text, Line& out) {
  out.names.clear();
  if (!parse_address(take_word(text), out.address)) {
    return false;
  }
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    if (word.size() > kLongestName || !is_printable(word)) {
      if (out.names.empty()) {
        return false;
      }
    } else if (is_host_name(word) && lower_case(word) != out.address.to_string()) {
      out.names.push_back(lower_case(word));
    }
  }
  return !out.names.empty();
}

std::size_t HostsFile::entry_for(const Line& line) {
  const auto [place, added] = by_address_.try_emplace(line.address, entries_.size());
  if (!added) {
    return place->second;
  }
  for (const std::string& name : line.names) {
    if (const auto known = by_name_.find(name); known != by_name_.end()) {
      place->second = known->second.entry;
      break;
    }
  }
  if (place->second == entries_.size()) {
    entries_.emplace_back();
  }
  entries_[place->second].push_back(line.address);
  return place->second;
}

void HostsFile::add(const Line& line) {
  const std::size_t entry = entry_for(line);
  for (const std::string& name : line.names) {
    Known& known = by_name_.try_emplace(name, Known{entry, {}}).first->second;
    add_once(known.written, line.address);
  }
}

HostsFile::Name HostsFile::find(std::string_view name) const {
  const auto known = by_name_.find(lower_case(name));
  if (known == by_name_.end()) {
    return {};
  }
  return {entries_[known->second.entry], known->second.written};
}

SystemHosts::SystemHosts(std::string path) : path_(std::move(path)) {}

SystemHosts::Stamp SystemHosts::stamp() const {
  struct stat facts{};
  if (stat(path_.c_str(), &facts) != 0) {
    return {};
  }
  return {facts.st_ino, facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
}

const HostsFile& SystemHosts::current() {
  const Stamp now = stamp();
  if (now != read_at_) {
    std::ifstream file(path_, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    hosts_ = HostsFile::parse(text);
    read_at_ = now;
  }
  return hosts_;
}

}  // namespace prober::net
