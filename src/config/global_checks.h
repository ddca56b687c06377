#pragma once

#include <optional>
#include <string>

#include "config/fields.h"

namespace prober::config {

/// Keys at the top that ask for others, which may stand in another file.
class Needs {
 public:
  void read(const Fields& fields);
  /// Reports what is missing. It may well be in Pomerium's environment: where that was not read,
  /// such a problem blocks nothing.
  void conclude(bool environment_read) const;

 private:
  struct Place {
    Problems* problems;
    Value value;
  };
  void missing(const Place& place, std::string message, std::string_view words,
               bool environment_read) const;

  std::string services_ = "all";
  std::optional<Place> services_at_;
  std::optional<Place> storage_at_;  // databroker_storage_type: postgres
  bool shared_secret_ = false;
  bool cookie_secret_ = false;
  bool connection_string_ = false;
};

/// `bearer_token_format` and `jwt_issuer_format`, at the top or of a route.
void check_token_formats(const Fields& fields);

/// What Pomerium's Options.Validate asks of the keys at the top that do not touch the path to an
/// upstream. Most files that it would read at start are left alone: on the machine where prober
/// runs they may be missing, or not be for its eyes.
void check_options(const Fields& fields, bool files_must_exist);

}  // namespace prober::config
