#include <cerrno>

#include "scene.h"

namespace prober::golden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void add_unresolved(Scene& scene) {
  struct Case {
    const char* name;
    LookupStatus status;
    Duration time;
  };
  const Case cases[] = {{"nxdomain", LookupStatus::NotFound, milliseconds(2)},
                        {"nodata", LookupStatus::NoData, milliseconds(2)},
                        {"servfail", LookupStatus::ServerFailure, milliseconds(9)},
                        {"refused", LookupStatus::Refused, milliseconds(1)},
                        {"silent-dns", LookupStatus::Timeout, seconds(40)},
                        {"no-dns-server", LookupStatus::NoServer, milliseconds(1)}};
  for (const Case& one : cases) {
    const std::string host = std::string(one.name) + ".internal";
    scene.add(make_route(one.name, Scheme::Http, host, 80),
              observe({unresolved(host, one.status, one.time)}, {}));
  }
}

}  // namespace

Scene names_and_connections() {
  Scene scene("names_and_connections");
  add_unresolved(scene);
  struct Case {
    const char* name;
    int error;
    ConnectResult result;
  };
  const Case cases[] = {{"refused-port", ECONNREFUSED, ConnectResult::DelayedError},
                        {"rejected", EHOSTUNREACH, ConnectResult::DelayedError},
                        {"no-route", ENETUNREACH, ConnectResult::ImmediateError},
                        {"prohibited", EACCES, ConnectResult::ImmediateError}};
  for (const Case& one : cases) {
    scene.add(make_route(one.name, Scheme::Http, "10.0.0.5", 8080),
              observe({}, {connect_error(make_attempt(5, 8080), one.error, one.result)}));
  }
  Attempt dropped = make_attempt(5, 8080);
  dropped.connect = ConnectResult::TimedOut;
  scene.add(make_route("dropped", Scheme::Http, "10.0.0.5", 8080),
            observe({}, {ended_by(dropped, Limit::ConnectTimeout, seconds(10))}));
  Attempt bound = connect_error(make_attempt(5, 8080), EADDRNOTAVAIL, ConnectResult::BindError);
  bound.bind_address = "10.9.9.9:0";
  scene.add(make_route("bind", Scheme::Http, "10.0.0.5", 8080), observe({}, {bound}));
  Route socket = make_route("socket", Scheme::Unix, "", 80);
  socket.to.front().path = "/run/app.sock";
  Attempt missing = connect_error(make_attempt(5, 80), ENOENT, ConnectResult::ImmediateError);
  missing.endpoint = {};
  missing.endpoint.path = "/run/app.sock";
  scene.add(socket, observe({}, {missing}));
  return scene;
}

}  // namespace prober::golden
