#include "prober/health_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace prober {
namespace {

bool in_ranges(const std::vector<std::pair<std::int64_t, std::int64_t>>& ranges, int status) {
  return std::ranges::any_of(ranges, [status](const auto& range) {
    return status >= range.first && status < range.second;
  });
}

// response_buffer_size, which Pomerium's users hardly ever set.
constexpr std::size_t kResponseBuffer = 1024;

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

HealthObservation unhealthy(std::string why) {
  return {false, std::move(why)};
}

std::string why_not_connected(const Attempt& attempt) {
  if (attempt.connect == ConnectResult::DelayedError ||
      attempt.connect == ConnectResult::ImmediateError ||
      attempt.connect == ConnectResult::BindError) {
    return std::string("connect: ") + std::strerror(attempt.os_error);
  }
  return attempt.tls && !attempt.tls->completed ? "the TLS handshake failed" : "cannot connect";
}

HealthObservation judge_grpc(const HttpFacts& http) {
  const auto status_is_zero = [](const std::vector<HeaderField>& fields) {
    return std::ranges::any_of(fields, [](const HeaderField& field) {
      return field.name == "grpc-status" && field.value == "0";
    });
  };
  // grpc.health.v1.HealthCheckResponse: field 1, varint 1 is SERVING; five bytes of framing before
  // it.
  const bool serving = http.body.size() >= 7 && http.body.substr(5, 2) == "\x08\x01";
  if (serving && status_is_zero(http.trailers)) {
    return {true, ""};
  }
  return unhealthy("the gRPC health service does not say SERVING");
}

}  // namespace

HttpRequest health_check_request(const HealthCheck& check, const Route& route) {
  HttpRequest out;
  const bool tls = !route.to.empty() && transport_of(route, route.to.front()).tls != nullptr;
  out.scheme = tls ? "https" : "http";
  // Pomerium never names a health checked host, so Envoy falls back to the cluster's name.
  out.authority = check.host.empty() ? route.cluster->name : check.host;
  out.headers = {{"user-agent", "Envoy/HC"}};
  if (check.kind != HealthCheckKind::Grpc) {
    out.path = check.path;
    return out;
  }
  out.method = "POST";
  out.path = "/grpc.health.v1.Health/Check";
  out.authority = check.authority.empty() ? out.authority : check.authority;
  out.headers.push_back({"content-type", "application/grpc"});
  out.headers.push_back({"te", "trailers"});
  std::string message;
  if (!check.service_name.empty()) {
    message =
        "\x0a" + std::string(1, static_cast<char>(check.service_name.size())) + check.service_name;
  }
  out.body = std::string("\0\0\0\0", 4) + static_cast<char>(message.size()) + message;
  return out;
}

HealthObservation judge_health_check(const HealthCheck& check, const Attempt& attempt) {
  if (attempt.answer == Answer::Closed) {
    return unhealthy("it closed the connection before the bytes came that are waited for");
  }
  if (attempt.end == End::Limit || attempt.answer == Answer::Silent) {
    return unhealthy(fmt::format("no answer within its timeout of {}", human(check.timeout)));
  }
  if (attempt.connect != ConnectResult::Connected || (attempt.tls && !attempt.tls->completed)) {
    return unhealthy(why_not_connected(attempt));
  }
  if (attempt.end == End::Connected) {
    return {true, ""};
  }
  if (!attempt.http || !attempt.http->status || !attempt.http->complete) {
    return unhealthy("no valid, complete answer");
  }
  if (check.kind == HealthCheckKind::Grpc) {
    return judge_grpc(*attempt.http);
  }
  // Envoy: HttpActiveHealthCheckSession::healthCheckResult, the body first.
  const std::string_view body = std::string_view(attempt.http->body).substr(0, kResponseBuffer);
  if (!found_in_order(body, check.receive)) {
    return unhealthy("its answer's body does not contain the bytes of `receive`");
  }
  const int status = *attempt.http->status;
  const bool expected =
      check.expected_statuses.empty() ? status == 200 : in_ranges(check.expected_statuses, status);
  return expected ? HealthObservation{true, ""} : unhealthy(fmt::format("it answered {}", status));
}

}  // namespace prober
