#include "net/dns_answer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace prober;
using prober::net::read_dns_answer;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes name(const std::string& labels) {
  Bytes out;
  for (std::size_t at = 0; at < labels.size();) {
    const std::size_t end = std::min(labels.find('.', at), labels.size());
    out.push_back(static_cast<std::uint8_t>(end - at));
    out.insert(out.end(), labels.begin() + static_cast<std::ptrdiff_t>(at),
               labels.begin() + static_cast<std::ptrdiff_t>(end));
    at = end + 1;
  }
  out.push_back(0);
  return out;
}

const Bytes kQuestionName{0xc0, 12};  // a pointer to it

Bytes record(const Bytes& owner, std::uint8_t type, std::uint8_t ttl, const Bytes& data) {
  return owner + Bytes{0, type, 0, 1, 0, 0, 0, ttl, 0, static_cast<std::uint8_t>(data.size())} +
         data;
}

Bytes answer_of(const std::vector<Bytes>& records) {
  Bytes out{0x12, 0x34, 0x81, 0x80, 0, 1, 0, static_cast<std::uint8_t>(records.size()), 0, 0, 0, 0};
  out = out + name("a.test") + Bytes{0, 1, 0, 1};
  for (const Bytes& one : records) {
    out = out + one;
  }
  return out;
}

std::string read(const Bytes& message) {
  const auto answer = read_dns_answer(message);
  if (!answer) {
    return "unreadable";
  }
  std::string out;
  for (const IpAddress& address : answer->addresses) {
    out += address.to_string() + " ";
  }
  return out + std::to_string(answer->ttl_s.value_or(-1));
}

}  // namespace

TEST_CASE("DNS answer: the addresses in it") {
  constexpr std::uint8_t kA = 1;
  constexpr std::uint8_t kCname = 5;
  constexpr std::uint8_t kAaaa = 28;
  const Bytes v6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7};
  const Bytes one = record(kQuestionName, kA, 60, {10, 0, 0, 1});
  CHECK(read(answer_of({})) == "-1");
  CHECK(read(answer_of({one})) == "10.0.0.1 60");
  CHECK(read(answer_of({one, record(kQuestionName, kA, 30, {10, 0, 0, 2}), one})) ==
        "10.0.0.1 10.0.0.2 30");
  CHECK(read(answer_of({one, record(kQuestionName, kAaaa, 90, v6)})) == "10.0.0.1 2001:db8::7 60");
  CHECK(read(answer_of({record(kQuestionName, kCname, 5, name("b.test")),
                        record(name("b.test"), kA, 20, {10, 0, 0, 3})})) == "10.0.0.3 20");
  CHECK(read(answer_of({record(kQuestionName, kCname, 5, name("b.test"))})) == "-1");
  // Of another name than the question's, before its CNAME, and of another length.
  CHECK(read(answer_of({record(name("c.test"), kA, 20, {10, 0, 0, 4})})) == "10.0.0.4 20");
  CHECK(read(answer_of({record(kQuestionName, kA, 20, {10, 0, 0})})) == "-1");
}

TEST_CASE("DNS answer: what cannot be read") {
  const Bytes whole = answer_of({record(kQuestionName, 1, 60, {10, 0, 0, 1})});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}) == "unreadable");
  }
  CHECK(read(answer_of({Bytes{0xc0, 0xff, 0, 1}})) == "unreadable");
}
