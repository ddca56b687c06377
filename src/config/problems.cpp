#include "config/problems.h"

#include <fmt/format.h>

namespace prober::config {
namespace {

std::string_view answer(FaultEffect effect) {
  switch (effect) {
    case FaultEffect::PortNeverOpens:
      return "Pomerium's port never opens";
    case FaultEffect::RouteNotFound:
    case FaultEffect::HostRewritten:
      return "404 route_not_found";
    case FaultEffect::ExtAuthzError:
      return "503 ext_authz_error";
    case FaultEffect::ClusterNotFound:
      return "503 cluster_not_found";
  }
  std::unreachable();
}

std::string with_words(std::string message, std::string_view speaker, std::string_view words) {
  if (!words.empty()) {
    message += fmt::format(" ({}: \"{}\")", speaker, words);
  }
  return message;
}

}  // namespace

void Problems::refused_at(int line, int column, std::string message, std::string_view words) {
  add(Consequence::RefusesToStart, {file_, line, column},
      with_words(std::move(message), "Pomerium", words));
}

void Problems::refused_without_environment(const Value& where, std::string message,
                                           std::string_view words) {
  refused(where, std::move(message), words);
  out_.back().unless_environment = true;
}

void Problems::all_down(const Value& where, FaultEffect effect, std::string message,
                        std::string_view words) {
  keep_stronger(fault_of_all_,
                std::make_shared<const ConfigFault>(ConfigFault{effect, message, position(where)}));
  message += fmt::format("; {}", answer(effect));
  add(Consequence::AllRoutesDown, position(where), with_words(std::move(message), "Envoy", words));
}

void Problems::route_down(const Value& where, FaultEffect effect, std::string message,
                          std::string_view words) {
  keep_stronger(route_fault_,
                std::make_shared<const ConfigFault>(ConfigFault{effect, message, position(where)}));
  message += fmt::format("; {}", answer(effect));
  add(Consequence::RouteDown, position(where), with_words(std::move(message), "Envoy", words));
}

std::string Problems::path_of(std::string_view key) const {
  return list_.empty() ? fmt::format("'{}'", key) : fmt::format("'{}[{}].{}'", list_, index_, key);
}

const std::string& Problems::nearest(Section section, std::string_view key) {
  const auto [found, added] = nearest_.try_emplace({section, std::string(key)});
  if (added) {
    found->second = suggestion(section, key);
  }
  return found->second;
}

void keep_stronger(std::shared_ptr<const ConfigFault>& kept,
                   const std::shared_ptr<const ConfigFault>& other) {
  if (other && (!kept || other->effect < kept->effect)) {
    kept = other;
  }
}

}  // namespace prober::config
