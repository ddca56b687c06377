#pragma once

#include <map>
#include <string>

#include "config/fields.h"

namespace prober::config {

/// `identity_providers` and the global `bearer_token_format`, of all files.
struct IdentityProviders {
  std::map<std::string, std::string, std::less<>> issuers;  // by the provider's name, lower case
  bool jwt_everywhere = false;  // routes without a format of their own take JWTs
};

/// Reads and checks both. Source: config/identity_provider.go.
void read_identity_providers(const Fields& fields, IdentityProviders& out);

/// What a route says of them. Source: Options.validateIdentityProviders.
void check_identity_providers(const Fields& route, const IdentityProviders& known);

/// Names of headers in `jwt_claims_headers`. Source: config/custom.go, JWTClaimHeaders.
void check_jwt_claims_headers(const Fields& fields);

}  // namespace prober::config
