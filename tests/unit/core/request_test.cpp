#include "prober/request.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "routes.h"

using namespace prober;

namespace {

HttpRequest built(const std::function<void(Route&)>& change) {
  Route route = test_route();
  change(route);
  return build_request(route, route.to.front());
}

std::string header(const HttpRequest& request, const std::string& name) {
  const auto found = std::ranges::find(request.headers, name, &HeaderField::name);
  return found == request.headers.end() ? "(none)" : found->value;
}

}  // namespace

TEST_CASE("build_request: Host, in Pomerium's precedence") {
  struct Case {
    const char* name;
    std::function<void(Route&)> change;
    const char* want;
  };
  const Case cases[] = {
      {"the upstream's, with its port", [](Route&) {}, "10.0.0.5:80"},
      {"preserved", [](Route& r) { edit(r.rewrite).preserve_host_header = true; },
       "test.example.com"},
      {"a regex on the path outranks preserve",
       [](Route& r) {
         auto& w = edit(r.rewrite);
         w.preserve_host_header = true;
         w.host_path_regex_pattern = "^/([a-z]+)/.*$";
         w.host_path_regex_substitution = "\\1.internal";
         edit(r.probe).path = "/wiki/page";
       },
       "wiki.internal"},
      {"a header outranks the regex",
       [](Route& r) {
         auto& w = edit(r.rewrite);
         w.host_path_regex_pattern = ".*";
         w.host_rewrite_header = "x-host";
         edit(r.probe).headers = {{"X-Host", "by.header"}};
       },
       "by.header"},
      {"host_rewrite outranks all",
       [](Route& r) {
         auto& w = edit(r.rewrite);
         w.host_rewrite_header = "x-host";
         w.host_rewrite = "literal.internal";
       },
       "literal.internal"},
      {"probe.host is the operator's word",
       [](Route& r) {
         edit(r.rewrite).host_rewrite = "literal.internal";
         edit(r.probe).host = "told";
       },
       "told"},
      {"a socket has no name of its own", [](Route& r) { r.to.front().scheme = Scheme::Unix; },
       "test.example.com"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(built(c.change).authority == c.want);
  }
}

TEST_CASE("build_request: the path and its rewriting") {
  struct Case {
    const char* name;
    std::function<void(Route&)> change;
    const char* want;
  };
  const Case cases[] = {
      {"default", [](Route&) {}, "/"},
      {"the probe's", [](Route& r) { edit(r.probe).path = "/healthz?a=1"; }, "/healthz?a=1"},
      {"the route's own path", [](Route& r) { edit(r.match).path = "/only"; }, "/only"},
      {"prefix_rewrite",
       [](Route& r) {
         edit(r.match).prefix = "/app";
         edit(r.rewrite).prefix_rewrite = "/";
         edit(r.probe).path = "/app/x?y";
       },
       "//x?y"},
      {"a path in `to` rewrites the prefix",
       [](Route& r) {
         r.to.front().path = "/app";
         edit(r.probe).path = "/x";
       },
       "/appx"},
      {"even a lone slash",
       [](Route& r) {
         r.to.front().path = "/";
         edit(r.match).prefix = "/foo";
         edit(r.probe).path = "/foo/bar";
       },
       "//bar"},
      {"but not beside a rewrite of the route",
       [](Route& r) {
         r.to.front().path = "/app";
         edit(r.rewrite).regex_rewrite_pattern = "^/v(\\d+)/(.*)$";
         edit(r.rewrite).regex_rewrite_substitution = "/\\2?version=\\1";
         edit(r.probe).path = "/v2/x";
       },
       "/x?version=2"},
      {"a pattern that only RE2 knows",
       [](Route& r) {
         edit(r.rewrite).regex_rewrite_pattern = "(?i)^/(?P<word>\\pL+)/x\\z";
         edit(r.rewrite).regex_rewrite_substitution = "/$1\\1\\\\\\0";
         edit(r.probe).path = "/Straße/X?a=1";
       },
       "/$1Straße\\/Straße/X?a=1"},
      {"every match is replaced",
       [](Route& r) {
         edit(r.rewrite).regex_rewrite_pattern = "a";
         edit(r.rewrite).regex_rewrite_substitution = "b";
         edit(r.probe).path = "/a/a";
       },
       "/b/b"},
      {"a group that the pattern does not have changes nothing",
       [](Route& r) {
         edit(r.rewrite).regex_rewrite_pattern = "^/(x)$";
         edit(r.rewrite).regex_rewrite_substitution = "/\\3";
         edit(r.probe).path = "/x";
       },
       "/x"},
      {"a pattern that is none changes nothing",
       [](Route& r) {
         edit(r.rewrite).regex_rewrite_pattern = "(?=x)";
         edit(r.rewrite).regex_rewrite_substitution = "/y";
         edit(r.probe).path = "/x";
       },
       "/x"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(built(c.change).path == c.want);
  }
}

TEST_CASE("build_request: headers set, removed, and the probe's own") {
  const HttpRequest request = built([](Route& r) {
    auto& rewrite = edit(r.rewrite);
    rewrite.set_request_headers = {{"x-a", "set"}, {"x-b", "set"}, {"x-c", "set"}};
    rewrite.remove_request_headers = {"X-B"};
    edit(r.probe).headers = {{"x-c", "probe"}};
  });
  CHECK(header(request, "x-a") == "set");
  CHECK(header(request, "x-b") == "(none)");
  CHECK(header(request, "x-c") == "probe");
  CHECK(header(request, "x-forwarded-host") == "test.example.com");
}

TEST_CASE("HttpRequest::grpc as Envoy tells it") {
  const auto grpc = [](const char* type) {
    HttpRequest request;
    request.headers = {{"Content-Type", type}};
    return request.grpc();
  };
  CHECK(grpc("application/grpc"));
  CHECK(grpc("application/grpc+proto"));
  CHECK_FALSE(grpc("application/grpc-web"));
  CHECK_FALSE(grpc("text/plain"));
  CHECK_FALSE(HttpRequest{}.grpc());
}
