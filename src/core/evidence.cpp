// What was measured, in sentences.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "prober/explanation.h"

namespace prober {
namespace {

std::string about_connect(const Attempt& attempt) {
  const std::string where = attempt.endpoint.to_string();
  const std::string after = human(attempt.timings.connect.value_or(attempt.timings.end));
  switch (attempt.connect) {
    case ConnectResult::Connected:
      return fmt::format("connected to {} in {}", where, after);
    case ConnectResult::ImmediateError:
      return fmt::format("connect to {} failed at once: {}", where,
                         std::strerror(attempt.os_error));
    case ConnectResult::DelayedError:
      return fmt::format("connect to {} failed after {}: {}", where, after,
                         std::strerror(attempt.os_error));
    case ConnectResult::BindError:
      return fmt::format("cannot connect from {}: {}", attempt.bind_address,
                         std::strerror(attempt.os_error));
    case ConnectResult::TimedOut:
    case ConnectResult::NotStarted:
      break;
  }
  return fmt::format("no answer from {} to the connection request for {}", where,
                     human(attempt.timings.end));
}

void about_tls(const Attempt& attempt, std::vector<std::string>& out) {
  const TlsFacts& tls = *attempt.tls;
  if (tls.completed) {
    out.push_back(fmt::format("TLS handshake done after {}: {}, {}{}",
                              human(attempt.timings.tls.value_or(Duration{})), tls.version,
                              tls.cipher, tls.alpn.empty() ? "" : ", ALPN " + tls.alpn));
    return;
  }
  for (const VerifyProblem& problem : tls.problems) {
    out.push_back(
        fmt::format("certificate verification: {} (depth {})", problem.text, problem.depth));
  }
  if (tls.name_mismatch) {
    out.push_back(fmt::format("the certificate has no SAN for {}", tls.server_name));
  }
  if (!tls.chain.empty()) {
    out.push_back(fmt::format("the server showed {} issued by {}", tls.chain.front().subject,
                              tls.chain.front().issuer));
  }
  for (const TlsError& error : tls.errors) {
    if (!error.text.ends_with("CERTIFICATE_VERIFY_FAILED")) {
      out.push_back(
          fmt::format("TLS handshake: {} {}", error.text, error.exact ? "" : "(nearest match)"));
    }
  }
  if (tls.end == TlsEnd::PeerClosed) {
    out.push_back("the server closed the connection during the TLS handshake");
  }
}

std::string ended(const Attempt& attempt) {
  const std::string after = human(attempt.timings.end);
  switch (attempt.end) {
    case End::Fin:
      return "the upstream closed the connection after " + after;
    case End::Rst:
      return "the upstream reset the connection after " + after;
    case End::Limit:
      return fmt::format("stopped after {} by {}", after, to_string(attempt.limit));
    case End::Unfinished:
    case End::Answered:
    case End::Violation:
    case End::Connected:
    case End::Failed:
      break;
  }
  return "";
}

void about_http(const Attempt& attempt, std::vector<std::string>& out) {
  const HttpFacts& http = *attempt.http;
  for (const int status : http.interim) {
    out.push_back(fmt::format("interim answer {}", status));
  }
  if (http.status) {
    out.push_back(fmt::format("answered {} after {}, {} bytes of body", *http.status,
                              human(attempt.timings.head.value_or(attempt.timings.end)),
                              http.body_bytes));
  } else if (http.bytes == 0) {
    out.push_back("not one byte of an answer came");
  } else {
    out.push_back(fmt::format("{} bytes came, but no complete head", http.bytes));
  }
  if (http.violation) {
    out.push_back(http.violation->what);
  }
  if (http.reset_code) {
    out.push_back(fmt::format("RST_STREAM with code {}", *http.reset_code));
  }
  if (http.goaway_code) {
    out.push_back(fmt::format("GOAWAY with code {}{}", *http.goaway_code,
                              http.refused_by_goaway ? ", which leaves this request out" : ""));
  }
  if (http.head_too_large) {
    out.push_back("the headers are beyond Envoy's limits");
  }
}

}  // namespace

std::vector<std::string> evidence(const Route&, const Attempt& attempt) {
  std::vector<std::string> out{about_connect(attempt)};
  if (attempt.tls) {
    about_tls(attempt, out);
  }
  if (attempt.http) {
    about_http(attempt, out);
  }
  if (const std::string end = ended(attempt); !end.empty()) {
    out.push_back(end);
  }
  if (attempt.second_look == SecondLook::Reset) {
    out.push_back("a second, silent connection was reset too");
  } else if (attempt.second_look == SecondLook::StayedOpen) {
    out.push_back("a second, silent connection stayed open");
  }
  return out;
}

std::vector<std::string> evidence(const std::vector<Lookup>& lookups) {
  std::vector<std::string> out;
  for (const Lookup& lookup : lookups) {
    if (lookup.addresses.empty()) {
      out.push_back(fmt::format("the lookup of {} ended with {} after {}{}", lookup.name,
                                to_string(lookup.status), human(lookup.time),
                                lookup.server.empty() ? "" : " (server " + lookup.server + ")"));
    }
  }
  return out;
}

}  // namespace prober
