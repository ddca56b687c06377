#include "report/public_headers.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace prober::report {
namespace {

TEST_CASE("public_headers: only fields without secrets, of location only the host") {
  struct Case {
    const char* name;
    HeaderField field;
    std::vector<HeaderField> shown;
  };
  const Case cases[] = {
      {"server", {"Server", "nginx"}, {{"server", "nginx"}}},
      {"content-type", {"CONTENT-TYPE", "text/html"}, {{"content-type", "text/html"}}},
      {"content-length", {"content-length", "5"}, {{"content-length", "5"}}},
      {"retry-after", {"Retry-After", "120"}, {{"retry-after", "120"}}},
      {"cookie", {"Set-Cookie", "s=SECRET"}, {}},
      {"authorization", {"Authorization", "Bearer SECRET"}, {}},
      {"www-authenticate", {"WWW-Authenticate", "Bearer realm=SECRET"}, {}},
      {"location",
       {"Location", "https://login.example.com:8443/x?token=SECRET#SECRET"},
       {{"location", "login.example.com:8443"}}},
      {"location with user info",
       {"location", "https://u:SECRET@h.example.com/"},
       {{"location", "h.example.com"}}},
      {"location without a scheme",
       {"location", "//h.example.com/SECRET"},
       {{"location", "h.example.com"}}},
      {"location with a backslash",
       {"location", "https://h.example.com\\SECRET"},
       {{"location", "h.example.com"}}},
      {"relative location", {"location", "/login?token=SECRET"}, {}},
      {"relative location with slashes", {"location", "/a//SECRET"}, {}},
      {"location with only a query", {"location", "https://?SECRET"}, {}},
      {"a very long value", {"server", std::string(500, 'x')}, {{"server", std::string(100, 'x')}}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(public_headers({c.field}) == c.shown);
  }
}

}  // namespace
}  // namespace prober::report
