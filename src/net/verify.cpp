// BoringSSL's X509_verify_cert, step by step and in its order, because its order decides which of
// several problems Envoy reports. Every step notes its problems and goes on, so that the others are
// known too.

#include "verify.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include "certificate.h"
#include "name_constraints.h"
#include "signature.h"
#include "wire/boringssl.h"

namespace prober::net {
namespace {

// The most certificates below an anchor: BoringSSL's depth of 100, and the leaf.
constexpr std::size_t kMostCertificates = 101;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

// v3_purp.cc, X509_supported_extension.
bool handles_extension(int nid) {
  constexpr std::array<int, 9> kHandled = {
      NID_key_usage,        NID_subject_alt_name,   NID_basic_constraints,
      NID_ext_key_usage,    NID_policy_constraints, NID_certificate_policies,
      NID_name_constraints, NID_policy_mappings,    NID_inhibit_any_policy};
  return std::ranges::find(kHandled, nid) != kHandled.end();
}

bool has_unhandled_critical(const X509* certificate) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    if (X509_EXTENSION_get_critical(extension) == 1 &&
        !handles_extension(OBJ_obj2nid(X509_EXTENSION_get_object(extension)))) {
      return true;
    }
  }
  return false;
}

// X509_check_issued: names, key identifiers, and that the issuer may sign at all.
bool issued(X509* issuer, X509* subject) {
  if (X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(subject)) != 0) {
    return false;
  }
  const std::unique_ptr<AUTHORITY_KEYID, decltype(&AUTHORITY_KEYID_free)> identifier(
      static_cast<AUTHORITY_KEYID*>(
          X509_get_ext_d2i(subject, NID_authority_key_identifier, nullptr, nullptr)),
      &AUTHORITY_KEYID_free);
  return (!identifier || X509_check_akid(issuer, identifier.get()) == X509_V_OK) &&
         may_sign_certificates(issuer);
}

bool self_signed(X509* certificate) {
  return issued(certificate, certificate);
}

bool self_issued(const X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

// v3_purp.cc, check_ca: only the first version's self-signed ones go without basic constraints.
bool is_ca(X509* certificate) {
  if (!may_sign_certificates(certificate)) {
    return false;
  }
  const std::uint32_t flags = X509_get_extension_flags(certificate);
  const bool old_root = (flags & EXFLAG_V1) != 0 && self_signed(certificate);
  return old_root || ((flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0);
}

// v3_purp.cc, check_purpose_ssl_server. Neither anyExtendedKeyUsage nor the old step-up usages
// (SGC) nor Netscape's certificate type count.
bool serves_tls(X509* certificate, bool as_ca) {
  const std::uint32_t extended = X509_get_extended_key_usage(certificate);
  constexpr std::uint32_t kServerAuth = XKU_SSL_SERVER;
  if (extended != UINT32_MAX && (extended & kServerAuth) == 0) {
    return false;
  }
  if (as_ca) {
    return is_ca(certificate);
  }
  constexpr std::uint32_t kTls = KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT;
  const std::uint32_t usage = X509_get_key_usage(certificate);
  return usage == UINT32_MAX || (usage & kTls) != 0;
}

bool has_extension(const X509* certificate, int nid) {
  return X509_get_ext_by_NID(certificate, nid, -1) >= 0;
}

// OpenSSL 3.0 loses the memory of policy constraints that stand without policies (pcy_cache.c), so
// no such certificate is given to it.
bool constrains_policies_without_any(const X509* certificate) {
  return has_extension(certificate, NID_policy_constraints) &&
         !has_extension(certificate, NID_certificate_policies);
}

struct PolicyConstraints {
  bool readable = true;
  std::int64_t explicit_after = INT64_MAX;  // certificates
};

PolicyConstraints policy_constraints(const X509* certificate) {
  int critical = 0;
  const std::unique_ptr<POLICY_CONSTRAINTS, decltype(&POLICY_CONSTRAINTS_free)> found(
      static_cast<POLICY_CONSTRAINTS*>(
          X509_get_ext_d2i(certificate, NID_policy_constraints, &critical, nullptr)),
      &POLICY_CONSTRAINTS_free);
  constexpr int kAbsent = -1;
  if (!found) {
    return {.readable = critical == kAbsent};
  }
  PolicyConstraints out;
  if (found->requireExplicitPolicy != nullptr) {
    std::int64_t after = -1;
    out.readable = ASN1_INTEGER_get_int64(&after, found->requireExplicitPolicy) == 1 && after >= 0;
    out.explicit_after = after;
  }
  out.readable = out.readable && (found->requireExplicitPolicy != nullptr ||
                                  found->inhibitPolicyMapping != nullptr);
  return out;
}

// Of a chain in which no policy is valid (RFC 5280, 6.1.4 (h), (i) and 6.1.5): leaf first, the
// anchor last, which has no say.
int check_without_policies(const std::vector<X509*>& chain) {
  auto explicit_after = static_cast<std::int64_t>(chain.size());
  for (std::size_t i = chain.size() - 1; i-- > 0;) {
    const PolicyConstraints constraints = policy_constraints(chain[i]);
    if (!constraints.readable) {
      return X509_PCY_TREE_INVALID;
    }
    if (explicit_after > 0 && (i == 0 || !self_issued(chain[i]))) {
      --explicit_after;
    }
    explicit_after = std::min(explicit_after, constraints.explicit_after);
  }
  return explicit_after == 0 ? X509_PCY_TREE_FAILURE : X509_PCY_TREE_VALID;
}

// For a verifier that takes any policy: without one OpenSSL would take none.
int check_with_policies(const std::vector<X509*>& chain) {
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> certificates(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (X509* one : chain) {
    sk_X509_push(certificates.get(), one);
  }
  const std::unique_ptr<STACK_OF(ASN1_OBJECT), void (*)(STACK_OF(ASN1_OBJECT)*)> any(
      sk_ASN1_OBJECT_new_null(), [](STACK_OF(ASN1_OBJECT) * list) { sk_ASN1_OBJECT_free(list); });
  sk_ASN1_OBJECT_push(any.get(), OBJ_nid2obj(NID_any_policy));
  X509_POLICY_TREE* tree = nullptr;
  int is_explicit = 0;
  const int result = X509_policy_check(&tree, &is_explicit, certificates.get(), any.get(), 0);
  X509_policy_tree_free(tree);
  return result;
}

class ChainVerifier {
 public:
  ChainVerifier(X509_STORE_CTX* context, std::int64_t now, EnvoyVersion envoy)
      : context_(context),
        now_(now),
        envoy_(envoy),
        chain_{X509_STORE_CTX_get0_cert(context)},
        untrusted_(1) {}

  ChainVerdict run() {
    take_what_was_sent();
    find_anchors();
    check_extensions();
    check_signatures();
    check_names();
    if (!broken_) {
      check_policies();
    }
    ERR_clear_error();
    return std::move(out_);
  }

 private:
  void problem(int error, std::size_t depth) {
    const VerifyProblem found = wire::from_verify_error(error, static_cast<int>(depth),
                                                        X509_verify_cert_error_string(error));
    const bool known = std::ranges::any_of(out_.problems, [&found](const VerifyProblem& one) {
      return one.depth == found.depth && one.text == found.text;
    });
    if (!known) {
      out_.problems.push_back(found);
    }
  }

  X509* find_anchor(X509* subject) {
    return find_anchor_if(X509_get_issuer_name(subject),
                          [subject](X509* one) { return issued(one, subject); });
  }

  template <class Accept>
  X509* find_anchor_if(const X509_NAME* name, Accept accept) {
    StackPtr found(X509_STORE_CTX_get1_certs(context_, name));
    for (int i = 0; i < sk_X509_num(found.get()); ++i) {
      X509* one = sk_X509_value(found.get(), i);
      if (accept(one)) {
        kept_.push_back(std::move(found));
        return one;
      }
    }
    return nullptr;
  }

  // Anchors come first: what was sent is only taken as far as no anchor has issued it.
  void take_what_was_sent() {
    const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context_);
    const int count = sent != nullptr ? sk_X509_num(sent) : 0;
    std::vector<X509*> rest;
    rest.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      rest.push_back(sk_X509_value(sent, i));
    }
    while (chain_.size() <= kMostCertificates && !self_signed(chain_.back()) &&
           find_anchor(chain_.back()) == nullptr) {
      const auto issuer =
          std::ranges::find_if(rest, [this](X509* one) { return issued(one, chain_.back()); });
      if (issuer == rest.end()) {
        break;
      }
      chain_.push_back(*issuer);
      rest.erase(issuer);
    }
    untrusted_ = chain_.size();
  }

  void find_anchors() {
    X509* sent_root = nullptr;
    if (self_signed(chain_.back())) {
      if (chain_.size() == 1) {
        take_lone_self_signed();
      } else {
        sent_root = chain_.back();
        chain_.pop_back();
        --untrusted_;
      }
    }
    while (chain_.size() <= kMostCertificates && !self_signed(chain_.back())) {
      X509* anchor = find_anchor(chain_.back());
      if (anchor == nullptr) {
        break;
      }
      chain_.push_back(anchor);
    }
    if (!broken_ && untrusted_ == chain_.size() && !is_anchor_itself()) {
      note_untrusted(sent_root);
    }
  }

  void take_lone_self_signed() {
    X509* leaf = chain_.front();
    X509* anchor = find_anchor(leaf);
    if (anchor != nullptr && X509_cmp(anchor, leaf) == 0) {
      untrusted_ = 0;
      return;
    }
    problem(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 0);
    broken_ = true;
  }

  bool is_anchor_itself() {
    X509* leaf = chain_.front();
    const bool found = find_anchor_if(X509_get_subject_name(leaf), [leaf](X509* one) {
                         return X509_cmp(one, leaf) == 0;
                       }) != nullptr;
    untrusted_ = found ? 0 : untrusted_;
    return found;
  }

  void note_untrusted(X509* sent_root) {
    broken_ = true;
    if (sent_root != nullptr && issued(sent_root, chain_.back())) {
      chain_.push_back(sent_root);
      untrusted_ = chain_.size();
      problem(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, chain_.size() - 1);
      return;
    }
    problem(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, chain_.size() - 1);
  }

  // Of what was sent alone: an anchor's own extensions do not count.
  void check_extensions() {
    long below = 0;  // certificates that are not self-issued
    for (std::size_t i = 0; i < untrusted_; ++i) {
      X509* one = chain_[i];
      if (has_unhandled_critical(one)) {
        problem(X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, i);
      }
      if (i > 0 && !is_ca(one)) {
        problem(X509_V_ERR_INVALID_CA, i);
      }
      if (!serves_tls(one, i > 0)) {
        problem(X509_V_ERR_INVALID_PURPOSE, i);
      }
      const long most = X509_get_pathlen(one);
      if (i > 1 && !self_issued(one) && most != -1 && below > most + 1) {
        problem(X509_V_ERR_PATH_LENGTH_EXCEEDED, i);
      }
      below += self_issued(one) ? 0 : 1;
    }
  }

  // From the top down: each certificate's signature, then its time.
  void check_signatures() {
    for (std::size_t i = chain_.size(); i-- > 0;) {
      if (i + 1 < chain_.size()) {
        check_signature(i);
      }
      check_time(i);
    }
  }

  void check_signature(std::size_t depth) {
    const SignatureFault fault = check_signed_by(chain_[depth], chain_[depth + 1]);
    if (fault.kind == SignatureFault::Kind::None) {
      return;
    }
    if (out_.problems.empty()) {
      out_.queue = wire::from_signature_reason(fault.reason);
    }
    problem(fault.kind == SignatureFault::Kind::Key ? X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY
                                                    : X509_V_ERR_CERT_SIGNATURE_FAILURE,
            depth);
  }

  void check_time(std::size_t depth) {
    auto now = static_cast<std::time_t>(now_);
    if (X509_cmp_time(X509_get0_notBefore(chain_[depth]), &now) > 0) {
      problem(X509_V_ERR_CERT_NOT_YET_VALID, depth);
    } else if (X509_cmp_time(X509_get0_notAfter(chain_[depth]), &now) < 0) {
      problem(X509_V_ERR_CERT_HAS_EXPIRED, depth);
    }
  }

  // An anchor's constraints do count here.
  void check_names() {
    bool constrained = false;
    for (std::size_t i = chain_.size(); i-- > 0;) {
      if (i > 0 && self_issued(chain_[i])) {
        continue;
      }
      for (std::size_t j = chain_.size() - 1; j > i; --j) {
        const auto result = check_name_constraints(chain_[i], chain_[j], envoy_);
        constrained = constrained || result.has_value();
        if (result.value_or(X509_V_OK) != X509_V_OK) {
          problem(*result, i);
        }
      }
    }
    if (constrained && lacks_sans_for_its_name(chain_.front())) {
      out_.problems.push_back(wire::name_constraints_without_sans());
    }
  }

  void check_policies() {
    const bool none_valid =
        std::any_of(chain_.begin(), chain_.end() - 1, constrains_policies_without_any);
    const int result = none_valid ? check_without_policies(chain_) : check_with_policies(chain_);
    if (result == X509_PCY_TREE_FAILURE) {
      problem(X509_V_ERR_NO_EXPLICIT_POLICY, 0);
    } else if (result == X509_PCY_TREE_INVALID) {
      if (out_.problems.empty()) {
        out_.queue = {wire::invalid_policy_extension()};
      }
      problem(X509_V_ERR_INVALID_POLICY_EXTENSION, 0);
    }
  }

  X509_STORE_CTX* context_;
  std::int64_t now_;
  EnvoyVersion envoy_;
  std::vector<X509*> chain_;    // leaf first; owned by the context or by `kept_`
  std::size_t untrusted_;       // how many of them were sent
  std::vector<StackPtr> kept_;  // anchors
  bool broken_ = false;         // no anchor
  ChainVerdict out_;
};

}  // namespace

ChainVerdict verify_chain(X509_STORE_CTX* context, std::int64_t now, EnvoyVersion envoy) {
  return ChainVerifier(context, now, envoy).run();
}

}  // namespace prober::net
