#pragma once

#include <memory>
#include <string>

#include "prober/route.h"

namespace prober {

/// A route to one upstream with every default of Pomerium, for tests to change.
inline Route test_route(Scheme scheme = Scheme::Http) {
  Route route;
  route.name = "test";
  route.from = "https://test.example.com";
  route.to = {{scheme, "10.0.0.5", 80, 0, "", "10.0.0.5:80"}};
  route.match = std::make_shared<const PathMatch>();
  route.tls = std::make_shared<const TlsSettings>();
  route.rewrite = std::make_shared<const RequestRewrite>();
  auto cluster = std::make_shared<ClusterSettings>();
  cluster->outlier_detection = OutlierDetection{};
  route.cluster = cluster;
  route.proxy = std::make_shared<const ProxySettings>();
  route.probe = std::make_shared<const ProbeSettings>();
  return route;
}

inline Endpoint test_endpoint(std::uint16_t port = 80) {
  return {*IpAddress::parse("10.0.0.5"), port, ""};
}

/// The shared settings of a route, to be changed in place.
template <class T>
T& edit(std::shared_ptr<const T>& settings) {
  auto copy = std::make_shared<T>(*settings);
  settings = copy;
  return *copy;
}

}  // namespace prober
