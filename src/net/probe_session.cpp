#include "probe_session.h"

#include <algorithm>
#include <utility>

#include "prober/health_check.h"
#include "prober/limits.h"
#include "prober/request.h"
#include "udp_session.h"

namespace prober::net {

struct ProbeSession::Job {
  std::size_t endpoint = 0;  // index into the observation
  bool health_check = false;
  std::uint32_t samples_left = 1;
  bool over = false;
  AttemptPlan plan;
  std::unique_ptr<Gate::Pass> pass;
  std::unique_ptr<AttemptSession> session;
  std::unique_ptr<UdpSession> udp;  // instead of `session`
};

ProbeSession::ProbeSession(Shared shared, const Route& route, Callback done)
    : shared_(shared), route_(route), done_(std::move(done)), alive_(std::make_shared<bool>(true)) {
  resolve_names();
}

ProbeSession::~ProbeSession() = default;

Observation ProbeSession::partial(std::string reason) const {
  Observation out = observation_;
  out.finished = false;
  out.unfinished_reason = std::move(reason);
  return out;
}

Waiting ProbeSession::waiting() const {
  if (lookups_open_ > 0) {
    const auto open = std::ranges::find_if(observation_.lookups, [](const Lookup& lookup) {
      return lookup.status == LookupStatus::Literal && lookup.addresses.empty();
    });
    return {open == observation_.lookups.end() ? "its lookups" : "the lookup of " + open->name, {}};
  }
  Waiting out{"a free connection", TimePoint{}};
  for (const auto& job : jobs_) {
    if (job->session) {
      out.what = job->session->waits_for();
    } else if (job->udp) {
      out.what = job->udp->endpoint().to_string() + " to answer";
    }
    const auto end = over_by(*job);
    out.until = out.until && end ? std::optional(std::max(*out.until, *end)) : std::nullopt;
  }
  return out;
}

// When all samples of the job are taken at the latest.
std::optional<TimePoint> ProbeSession::over_by(const Job& job) {
  if (job.over) {
    return TimePoint{};
  }
  const unsigned more = job.samples_left - 1;
  if (job.udp) {
    return job.udp->over_by() + more * UdpSession::kWait;
  }
  const auto now = job.session ? job.session->over_by() : std::nullopt;
  const auto each = more > 0 ? longest(job.plan, beginning(job.plan)) : Duration{};
  return now && each ? std::optional(*now + more * *each) : std::nullopt;
}

void ProbeSession::resolve_names() {
  std::vector<std::pair<std::size_t, std::string>> names;
  for (std::size_t i = 0; i < route_.to.size(); ++i) {
    const std::string& host = route_.to[i].host;
    const bool known =
        std::ranges::any_of(names, [&host](const auto& one) { return one.second == host; });
    if (!host.empty() && !known) {
      names.emplace_back(i, host);
    }
  }
  // One for the end of this function, so that nothing is probed before the caller has this object.
  lookups_open_ = 1;
  observation_.lookups.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    Lookup& lookup = observation_.lookups[i];
    lookup.upstream = names[i].first;
    lookup.name = names[i].second;
    if (const auto address = literal_address(lookup.name)) {
      lookup.addresses = {*address};
      continue;
    }
    ++lookups_open_;
    shared_.resolver.resolve(lookup.name, route_.lookup_family, route_.proxy->envoy,
                             [this, i, alive = std::weak_ptr(alive_)](Lookup answer) {
                               if (!alive.expired()) {
                                 on_lookup(i, std::move(answer));
                               }
                             });
  }
  shared_.loop.defer([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) {
      close_lookup();
    }
  });
}

void ProbeSession::close_lookup() {
  if (--lookups_open_ == 0) {
    probe_endpoints();
  }
}

void ProbeSession::on_lookup(std::size_t index, Lookup lookup) {
  lookup.upstream = observation_.lookups[index].upstream;
  observation_.lookups[index] = std::move(lookup);
  close_lookup();
}

void ProbeSession::probe_endpoints() {
  for (std::size_t i = 0; i < route_.to.size(); ++i) {
    const Upstream& upstream = route_.to[i];
    if (upstream.host.empty()) {
      add_endpoint(i, {{}, 0, upstream.path});
      continue;
    }
    const auto lookup = std::ranges::find(observation_.lookups, upstream.host, &Lookup::name);
    for (const IpAddress& address : lookup->addresses) {
      add_endpoint(i, {address, upstream.port, ""});
    }
  }
  if (jobs_.empty()) {
    finish_if_complete();
  }
  // Starting may finish jobs at once, and new ones may be added by none: the list is complete here.
  const std::weak_ptr<bool> alive = alive_;
  for (std::size_t i = 0; i < jobs_.size() && !alive.expired(); ++i) {
    shared_.gate.enter(alive, [this, i](std::unique_ptr<Gate::Pass> pass) {
      jobs_[i]->pass = std::move(pass);
      start(i);
    });
  }
}

void ProbeSession::add_endpoint(std::size_t upstream, const Endpoint& endpoint) {
  const std::size_t index = observation_.endpoints.size();
  observation_.endpoints.emplace_back();
  Job job;
  job.endpoint = index;
  job.samples_left = std::max(1U, route_.probe->samples);
  job.plan = plan_for(upstream, endpoint);
  queue(std::move(job));
  // Pomerium's own reverse proxy knows nothing of health checks, and a datagram has no connection.
  const bool checked = !route_.cluster->health_checks.empty() && !route_.kubernetes &&
                       route_.to[upstream].scheme != Scheme::Udp;
  if (checked) {
    Job check;
    check.endpoint = index;
    check.health_check = true;
    check.plan = plan_health_check(upstream, endpoint);
    queue(std::move(check));
  }
}

void ProbeSession::queue(Job job) {
  jobs_.push_back(std::make_unique<Job>(std::move(job)));
  ++jobs_open_;
}

void ProbeSession::start(std::size_t index) {
  Job& job = *jobs_[index];
  if (job.plan.scheme == Scheme::Udp) {
    job.udp = std::make_unique<UdpSession>(
        shared_.loop, job.plan.upstream, job.plan.connection, route_.probe->body,
        [this, index](Attempt attempt) { on_attempt(index, std::move(attempt)); });
    return;
  }
  job.session = std::make_unique<AttemptSession>(
      shared_.loop, shared_.connector, job.samples_left > 1 ? job.plan : std::move(job.plan),
      [this, index](Attempt attempt) { on_attempt(index, std::move(attempt)); });
}

void ProbeSession::on_attempt(std::size_t index, Attempt attempt) {
  Job& job = *jobs_[index];
  shared_.loop.destroy_later(std::shared_ptr<AttemptSession>(std::move(job.session)));
  shared_.loop.destroy_later(std::shared_ptr<UdpSession>(std::move(job.udp)));
  EndpointObservation& endpoint = observation_.endpoints[job.endpoint];
  if (job.health_check) {
    endpoint.health = judge_health_check(route_.cluster->health_checks.front(), attempt);
  } else {
    endpoint.attempts.push_back(std::move(attempt));
    if (--job.samples_left > 0) {
      start(index);
      return;
    }
  }
  const std::weak_ptr<bool> alive = alive_;
  const auto pass = std::move(job.pass);  // the next one is let in after this route has moved on
  job.over = true;
  --jobs_open_;
  finish_if_complete();
}

void ProbeSession::finish_if_complete() {
  if (jobs_open_ == 0) {
    const Callback done = std::move(done_);
    done(std::move(observation_));
  }
}

TlsClient::Options ProbeSession::tls_options(const Upstream& upstream) const {
  TlsClient::Options out;
  out.server_name = route_.tls->server_name.empty() ? upstream.host : route_.tls->server_name;
  // Pomerium: config/envoyconfig/protocols.go. A websocket needs HTTP/1.1.
  out.alpn = route_.websocket ? std::vector<std::string>{"http/1.1"}
                              : std::vector<std::string>{"h2", "http/1.1"};
  out.trust = shared_.trust.get(route_.tls->custom_ca);
  out.settings = route_.tls.get();
  out.envoy = route_.proxy->envoy;
  return out;
}

AttemptPlan ProbeSession::plan_for(std::size_t upstream_index, const Endpoint& endpoint) const {
  const Upstream& upstream = route_.to[upstream_index];
  AttemptPlan out;
  out.upstream = upstream_index;
  const Transport transport = transport_of(route_, upstream);
  out.scheme = transport.scheme;
  out.connection.endpoint = endpoint;
  out.connection.bind_address = shared_.settings.bind_address;
  out.connection.freebind = shared_.settings.bind_freebind;
  if (transport.tls != nullptr) {
    out.connection.tls = tls_options(*transport.tls);
  }
  if (transport.http1_only) {
    out.codec = HttpVersion::Http1;
  }
  out.request = build_request(route_, upstream);
  out.limits = limits_of(route_, shared_.settings);
  out.max_body = route_.probe->max_body;
  if (out.scheme == Scheme::Ssh) {
    out.greeting = Greeting{.send = "", .receive = {}, .ssh = true};
    out.limits.per_try_idle = out.limits.connect;  // for the banner, from the connection on
  }
  return out;
}

AttemptPlan ProbeSession::plan_health_check(std::size_t upstream, const Endpoint& endpoint) const {
  const HealthCheck& check = route_.cluster->health_checks.front();
  AttemptPlan out = plan_for(upstream, endpoint);
  out.limits = {};
  out.limits.connect = check.timeout;
  out.limits.max_stream = check.timeout;
  out.request = health_check_request(check, route_);
  // Envoy's checker ignores what ALPN chose (envoyproxy/envoy#46848).
  out.codec =
      check.http2 || check.kind == HealthCheckKind::Grpc ? HttpVersion::Http2 : HttpVersion::Http1;
  out.greeting.reset();
  if (check.kind == HealthCheckKind::Tcp) {
    out.scheme = Scheme::Tcp;
    if (!check.receive.empty()) {  // else standing is enough, and nothing is sent
      out.greeting = Greeting{.send = check.send, .receive = check.receive, .ssh = false};
    }
  }
  out.second_look = false;
  return out;
}

}  // namespace prober::net
