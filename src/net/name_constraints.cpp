#include "name_constraints.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <string_view>

#include "prober/ascii.h"

namespace prober::net {
namespace {

using NamesPtr = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using Subtrees = STACK_OF(GENERAL_SUBTREE);

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && same_letters(text.substr(text.size() - end.size()), end);
}

std::string_view text_of(const ASN1_IA5STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// v3_ncons.cc, nc_dns.
class DnsRule {
 public:
  DnsRule(EnvoyVersion envoy, bool excludes)
      : strict_(envoy >= EnvoyVersion::V1_38), excludes_(excludes) {}

  [[nodiscard]] bool matches(std::string_view name, std::string_view base) const {
    if (base.empty()) {
      return true;
    }
    if (strict_) {
      name.remove_suffix(name.ends_with('.') ? 1 : 0);
      base.remove_suffix(base.ends_with('.') ? 1 : 0);
    }
    if (base.starts_with('.')) {
      return ends_with(name, base);
    }
    if (strict_ && excludes_ && covers(name, base)) {
      return true;
    }
    if (name.size() > base.size()) {
      return name[name.size() - base.size() - 1] == '.' && ends_with(name, base);
    }
    return same_letters(name, base);
  }

 private:
  static bool covers(std::string_view wildcard, std::string_view name) {
    const std::size_t dot = name.find('.');
    return wildcard.starts_with("*.") && dot != std::string_view::npos &&
           same_letters(wildcard.substr(1), name.substr(dot));
  }

  bool strict_;
  bool excludes_;
};

class Checker {
 public:
  Checker(NAME_CONSTRAINTS* constraints, EnvoyVersion envoy)
      : constraints_(constraints), envoy_(envoy) {}

  [[nodiscard]] int check(X509* certificate) const {
    const CertificatePtr subject(X509_new(), &X509_free);
    X509_set_subject_name(subject.get(), X509_get_subject_name(certificate));
    int result = by_openssl(subject.get());
    const NamesPtr names(static_cast<GENERAL_NAMES*>(
                             X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
                         &GENERAL_NAMES_free);
    for (int i = 0; result == X509_V_OK && i < sk_GENERAL_NAME_num(names.get()); ++i) {
      result = check_name(sk_GENERAL_NAME_value(names.get(), i));
    }
    return result;
  }

 private:
  // nc_match_single knows four kinds of names.
  [[nodiscard]] int check_name(GENERAL_NAME* name) const {
    switch (name->type) {
      case GEN_DNS:
        return check_dns(text_of(name->d.dNSName));
      case GEN_DIRNAME:
      case GEN_EMAIL:
      case GEN_URI:
        return check_alone(name);
      default:
        return constrains(constraints_->permittedSubtrees, name->type) ||
                       constrains(constraints_->excludedSubtrees, name->type)
                   ? X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE
                   : X509_V_OK;
    }
  }

  static bool constrains(const Subtrees* list, int type) {
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); ++i) {
      if (sk_GENERAL_SUBTREE_value(list, i)->base->type == type) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] int check_alone(GENERAL_NAME* name) const {
    const NamesPtr names(sk_GENERAL_NAME_new_null(), &GENERAL_NAMES_free);
    sk_GENERAL_NAME_push(names.get(), GENERAL_NAME_dup(name));
    const CertificatePtr alone(X509_new(), &X509_free);
    X509_add1_ext_i2d(alone.get(), NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT);
    return by_openssl(alone.get());
  }

  [[nodiscard]] int by_openssl(X509* certificate) const {
    X509_check_purpose(certificate, -1, 0);  // reads the extensions
    return NAME_CONSTRAINTS_check(certificate, constraints_);
  }

  // v3_ncons.cc, nc_match.
  [[nodiscard]] int check_dns(std::string_view name) const {
    const Found permitted = look(constraints_->permittedSubtrees, name, DnsRule(envoy_, false));
    if (permitted.limited) {
      return X509_V_ERR_SUBTREE_MINMAX;
    }
    if (permitted.any && !permitted.matches) {
      return X509_V_ERR_PERMITTED_VIOLATION;
    }
    const Found excluded = look(constraints_->excludedSubtrees, name, DnsRule(envoy_, true));
    if (excluded.limited) {
      return X509_V_ERR_SUBTREE_MINMAX;
    }
    return excluded.matches ? X509_V_ERR_EXCLUDED_VIOLATION : X509_V_OK;
  }

  struct Found {
    bool any = false;
    bool limited = false;  // a minimum or a maximum, which nobody uses
    bool matches = false;
  };

  static Found look(const Subtrees* list, std::string_view name, const DnsRule& rule) {
    Found out;
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); ++i) {
      const GENERAL_SUBTREE* one = sk_GENERAL_SUBTREE_value(list, i);
      if (one->base->type == GEN_DNS) {
        out.any = true;
        out.limited = out.limited || one->minimum != nullptr || one->maximum != nullptr;
        out.matches = out.matches || rule.matches(name, text_of(one->base->d.dNSName));
      }
    }
    return out;
  }

  NAME_CONSTRAINTS* constraints_;
  EnvoyVersion envoy_;
};

// v3_utl.cc, x509v3_looks_like_dns_name.
bool looks_like_dns_name(std::string_view name) {
  name.remove_prefix(name.starts_with("*.") ? 2 : 0);
  name.remove_suffix(name.ends_with('.') ? 1 : 0);
  if (name.empty() || name.front() == '-' || name.front() == '.' || name.front() == ':' ||
      name.back() == '-' || name.back() == '.') {
    return false;
  }
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == ':';
  };
  return std::ranges::all_of(name, allowed) && name.find("..") == std::string_view::npos;
}

}  // namespace

std::optional<int> check_name_constraints(X509* certificate, X509* above, EnvoyVersion envoy) {
  const std::unique_ptr<NAME_CONSTRAINTS, decltype(&NAME_CONSTRAINTS_free)> constraints(
      static_cast<NAME_CONSTRAINTS*>(
          X509_get_ext_d2i(above, NID_name_constraints, nullptr, nullptr)),
      &NAME_CONSTRAINTS_free);
  if (!constraints) {
    return std::nullopt;
  }
  return Checker(constraints.get(), envoy).check(certificate);
}

bool lacks_sans_for_its_name(X509* leaf) {
  if (X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1) >= 0) {
    return false;
  }
  const X509_NAME* name = X509_get_subject_name(leaf);
  for (int i = X509_NAME_get_index_by_NID(name, NID_commonName, -1); i >= 0;
       i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) {
    unsigned char* text = nullptr;
    const int length =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
    const bool host = length >= 0 && looks_like_dns_name({reinterpret_cast<const char*>(text),
                                                          static_cast<std::size_t>(length)});
    OPENSSL_free(text);
    if (host) {
      return true;
    }
  }
  return false;
}

}  // namespace prober::net
