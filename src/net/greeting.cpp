#include "greeting.h"

#include <algorithm>
#include <optional>

namespace prober::net {
namespace {

constexpr std::size_t kMostKept = std::size_t{8} * 1024;

// RFC 4253, section 4.2: the server may send other lines before its identification.
std::optional<std::string> banner_in(std::string_view text) {
  while (true) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    std::string_view line = text.substr(0, end);
    if (line.starts_with("SSH-")) {
      return std::string(line.substr(0, line.find_last_not_of('\r') + 1));
    }
    text.remove_prefix(end + 1);
  }
}

// Envoy: PayloadMatcher::match.
bool found_in_order(std::string_view text, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&text](const std::string& one) {
    const std::size_t at = text.find(one);
    if (at == std::string_view::npos) {
      return false;
    }
    text.remove_prefix(at + one.size());
    return true;
  });
}

class GreetingExchange : public wire::Exchange {
 public:
  explicit GreetingExchange(Greeting greeting) : greeting_(std::move(greeting)) {}

  std::string_view output() override { return std::string_view(greeting_.send).substr(sent_); }
  void sent(std::size_t count) override { sent_ += count; }

  void feed(std::string_view bytes) override {
    if (done_) {
      return;
    }
    facts_.bytes += bytes.size();
    facts_.body.append(bytes.substr(0, kMostKept - facts_.body.size()));
    if (!greeting_.ssh) {
      done_ = found_in_order(facts_.body, greeting_.receive);
    } else if (auto banner = banner_in(facts_.body)) {
      facts_.body = std::move(*banner);
      done_ = true;
    }
  }

  void closed() override {}
  [[nodiscard]] bool done() const override { return done_; }
  [[nodiscard]] bool request_sent() const override { return sent_ == greeting_.send.size(); }
  [[nodiscard]] std::uint64_t body_sent() const override { return 0; }
  [[nodiscard]] std::uint64_t activity() const override { return facts_.bytes; }
  [[nodiscard]] const HttpFacts& facts() const override { return facts_; }

 private:
  Greeting greeting_;
  HttpFacts facts_;
  std::size_t sent_ = 0;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<wire::Exchange> make_greeting(Greeting greeting) {
  return std::make_unique<GreetingExchange>(std::move(greeting));
}

}  // namespace prober::net
