// What was measured, in sentences.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "explanation_words.h"
#include "prober/explanation.h"

namespace prober {
namespace {

constexpr std::size_t kMostNames = 8;
constexpr std::size_t kMostProblems = 4;

std::string about_connect(const Attempt& attempt) {
  const std::string where = attempt.endpoint.to_string();
  const std::string after = human(attempt.timings.connect.value_or(attempt.timings.end));
  const char* error = std::strerror(attempt.os_error);
  switch (attempt.connect) {
    case ConnectResult::Connected:
      return fmt::format("connected to {} in {}", where, after);
    case ConnectResult::ImmediateError:
      return fmt::format("connect to {} failed at once: {}", where, error);
    case ConnectResult::DelayedError:
      return fmt::format("connect to {} failed after {}: {}", where, after, error);
    case ConnectResult::BindError:
      return fmt::format("cannot connect from {}: {}", attempt.bind_address, error);
    case ConnectResult::TimedOut:
    case ConnectResult::NotStarted:
      break;
  }
  return fmt::format("no answer from {} to the connection request for {}", where,
                     human(attempt.timings.end));
}

void about_certificate(const TlsFacts& tls, std::vector<std::string>& out) {
  const Certificate& leaf = tls.chain.front();
  out.push_back(fmt::format("the server shows \"{}\", issued by \"{}\", valid from {} to {}",
                            leaf.subject, leaf.issuer, date(leaf.not_before),
                            date(leaf.not_after)));
  out.push_back(leaf.sans.empty()
                    ? "the certificate has no SAN"
                    : fmt::format("its SANs are [{}]", some_of(leaf.sans, kMostNames)));
  for (std::size_t i = 1; i < tls.chain.size(); ++i) {
    const Certificate& issuer = tls.chain[i];
    out.push_back(fmt::format("then \"{}\", issued by \"{}\", valid to {}", issuer.subject,
                              issuer.issuer, date(issuer.not_after)));
  }
}

void about_tls(const Attempt& attempt, const TlsFacts& tls, std::vector<std::string>& out) {
  if (tls.completed) {
    out.push_back(fmt::format("TLS handshake done after {}: {}, {}{}",
                              human(attempt.timings.tls.value_or(Duration{})), tls.version,
                              tls.cipher, tls.alpn.empty() ? "" : ", ALPN " + tls.alpn));
    return;
  }
  for (std::size_t i = 0; i < std::min(kMostProblems, tls.problems.size()); ++i) {
    out.push_back(fmt::format("certificate verification at depth {}: {}", tls.problems[i].depth,
                              tls.problems[i].text));
  }
  if (tls.name_mismatch) {
    out.push_back(fmt::format("no SAN of the certificate is {}", tls.server_name));
  }
  if (!tls.chain.empty() && (!tls.problems.empty() || tls.name_mismatch)) {
    about_certificate(tls, out);
  }
  for (const TlsError& error : tls.errors) {
    if (!error.text.ends_with("CERTIFICATE_VERIFY_FAILED")) {
      out.push_back(fmt::format("TLS handshake with SNI {}: {} {}{}", tls.server_name, error.number,
                                error.text, error.exact ? "" : " (the nearest match)"));
    }
  }
  if (tls.end == TlsEnd::PeerClosed) {
    out.push_back(
        fmt::format("the server closed the connection during the TLS handshake with "
                    "SNI {}",
                    tls.server_name));
  }
}

std::string about_answer(const Attempt& attempt) {
  const std::string after = human(attempt.timings.end);
  switch (attempt.answer) {
    case Answer::NotAsked:
      return "";
    case Answer::Came:
      return attempt.banner.empty() ? "it answered after " + after
                                    : fmt::format("it introduced itself as {}", attempt.banner);
    case Answer::Silent:
      return "it said nothing for " + after;
    case Answer::Closed:
      return "it closed the connection after " + after + " without a word";
    case Answer::Unreachable:
      return fmt::format("a datagram came back by ICMP: {}", std::strerror(attempt.os_error));
  }
  return "";
}

std::string about_end(const Attempt& attempt) {
  const std::string after = human(attempt.timings.end);
  switch (attempt.end) {
    case End::Fin:
      return "the upstream closed the connection after " + after;
    case End::Rst:
      return "the upstream reset the connection after " + after;
    case End::Limit:
      return fmt::format("{} ended the request after {}", to_string(attempt.limit), after);
    case End::Unfinished:
    case End::Answered:
    case End::Violation:
    case End::Connected:
    case End::Failed:
      break;
  }
  return "";
}

void about_http2(const HttpFacts& http, std::vector<std::string>& out) {
  if (http.reset_code) {
    out.push_back(fmt::format("RST_STREAM with code {} ({})", *http.reset_code,
                              http2_error_name(*http.reset_code)));
  }
  if (http.goaway_code) {
    out.push_back(fmt::format("GOAWAY with code {} ({}){}", *http.goaway_code,
                              http2_error_name(*http.goaway_code),
                              http.refused_by_goaway ? ", which leaves this request out" : ""));
  }
  if (http.head_too_large) {
    out.push_back("the headers are beyond Envoy's limits for HTTP/2");
  }
}

void about_http(const Attempt& attempt, const HttpFacts& http, std::vector<std::string>& out) {
  if (!http.interim.empty()) {
    out.push_back(fmt::format("an interim answer came first: {}", http.interim.front()));
  }
  if (http.status) {
    out.push_back(fmt::format("answered {} after {}, with {} bytes of body{}", *http.status,
                              human(attempt.timings.head.value_or(attempt.timings.end)),
                              http.body_bytes, http.complete ? "" : " so far"));
  } else if (http.bytes == 0) {
    out.push_back("not one byte of an answer came");
  } else if (http.version == HttpVersion::Http1) {
    out.push_back(fmt::format("{} bytes came, but no complete head", http.bytes));
  } else {
    out.push_back("no complete headers came");
  }
  if (http.violation) {
    out.push_back(http.violation->what);
  }
  about_http2(http, out);
}

std::string about_second_look(const Attempt& attempt) {
  switch (attempt.second_look) {
    case SecondLook::NotMade:
      return "";
    case SecondLook::StayedOpen:
      return "a second, silent connection stayed open: the request itself brings the end about";
    case SecondLook::Reset:
      return "a second, silent connection was reset too";
    case SecondLook::Closed:
      return "a second, silent connection was closed too";
    case SecondLook::OtherError:
      return "a second, silent connection failed otherwise";
  }
  return "";
}

}  // namespace

std::vector<std::string> evidence(const Route& /*route*/, const Attempt& attempt) {
  std::vector<std::string> out{about_connect(attempt)};
  if (!attempt.socket_file.empty()) {
    out.push_back(fmt::format("{}: {}", attempt.endpoint.path, attempt.socket_file));
  }
  if (attempt.tls) {
    about_tls(attempt, *attempt.tls, out);
  }
  if (const std::string text = about_answer(attempt); !text.empty()) {
    out.push_back(text);
  }
  if (attempt.http) {
    about_http(attempt, *attempt.http, out);
  }
  for (const std::string& text : {about_end(attempt), about_second_look(attempt)}) {
    if (!text.empty()) {
      out.push_back(text);
    }
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
