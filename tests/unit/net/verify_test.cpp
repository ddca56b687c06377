// Chains that BoringSSL and OpenSSL judge differently, and the order of several problems. Each row
// was answered by Envoy 1.38.2.

#include "net/verify.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include <ctime>

#include "making.h"

using namespace prober;
using namespace prober::net;

namespace {

const std::pair<int, std::string> kUnknownCritical{NID_crl_distribution_points,
                                                   "critical,URI:http://crl.example/"};
const std::pair<int, std::string> kClientUsage{NID_ext_key_usage, "clientAuth"};
constexpr long kDay = 86400;

// Root, intermediate, leaf; the root is the anchor and the other two are sent.
struct Chain {
  Wanted root{.subject = "root", .ca = true};
  Wanted intermediate{.subject = "intermediate", .ca = true};
  Wanted leaf{};
  bool root_is_anchor = true;
  bool root_is_sent = false;
  bool intermediate_is_anchor = false;
};

std::string in_words(const ChainVerdict& verdict) {
  std::string out;
  for (const TlsError& one : verdict.queue) {
    out += one.text.substr(one.text.rfind(':') + 1) + ", ";
  }
  for (const VerifyProblem& one : verdict.problems) {
    out += std::to_string(one.depth) + " " + one.text + "; ";
  }
  return out.empty() ? "sound" : out.substr(0, out.size() - 2);
}

std::string judge(const Made& leaf, const std::vector<Made>& sent, const std::vector<Made>& anchors,
                  EnvoyVersion envoy = EnvoyVersion::V1_38) {
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      &X509_STORE_free);
  for (const Made& one : anchors) {
    X509_STORE_add_cert(store.get(), one.certificate.get());
  }
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> stack(
      sk_X509_new_null(), [](STACK_OF(X509) * one) { sk_X509_free(one); });
  sk_X509_push(stack.get(), leaf.certificate.get());
  for (const Made& one : sent) {
    sk_X509_push(stack.get(), one.certificate.get());
  }
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
      X509_STORE_CTX_new(), &X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), stack.get());
  const std::string out = in_words(verify_chain(context.get(), std::time(nullptr), envoy));
  CHECK(ERR_peek_error() == 0);
  return out;
}

std::string judge(const Chain& chain, EnvoyVersion envoy = EnvoyVersion::V1_38) {
  const Made root = make(chain.root);
  const Made intermediate = make(chain.intermediate, &root);
  const Made leaf = make(chain.leaf, &intermediate);
  std::vector<Made> sent{intermediate};
  std::vector<Made> anchors;
  if (chain.root_is_sent) {
    sent.push_back(root);
  }
  if (chain.root_is_anchor) {
    anchors.push_back(root);
  }
  if (chain.intermediate_is_anchor) {
    anchors.push_back(intermediate);
  }
  return judge(leaf, sent, anchors, envoy);
}

struct Case {
  std::string name;
  Chain chain;
  std::string want;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(judge(c.chain) == c.want);
  }
}

Wanted root_with(std::vector<std::pair<int, std::string>> extensions) {
  return {.subject = "root", .extensions = std::move(extensions), .ca = true};
}
Wanted intermediate_with(std::vector<std::pair<int, std::string>> extensions) {
  return {.subject = "intermediate", .extensions = std::move(extensions), .ca = true};
}

}  // namespace

TEST_CASE("verify_chain: what an anchor says of itself does not count") {
  const std::string constraints = "critical,CA:TRUE,pathlen:0";
  check({
      {"a good chain", {}, "sound"},
      {"no basic constraints", {.root = {.subject = "root"}}, "sound"},
      {"not a CA",
       {.root = {.subject = "root", .extensions = {{NID_basic_constraints, "CA:FALSE"}}}},
       "sound"},
      {"path length 0",
       {.root = {.subject = "root", .extensions = {{NID_basic_constraints, constraints}}}},
       "sound"},
      {"an unknown critical extension", {.root = root_with({kUnknownCritical})}, "sound"},
      {"for clients alone", {.root = root_with({kClientUsage})}, "sound"},
      {"requires policies",
       {.root = root_with({{NID_policy_constraints, "critical,requireExplicitPolicy:0"}})},
       "sound"},
      {"has expired",
       {.root = {.subject = "root", .from = -9 * kDay, .until = -kDay, .ca = true}},
       "2 certificate has expired"},
      {"may not sign certificates: then it has not issued any",
       {.root = root_with({{NID_key_usage, "digitalSignature"}})},
       "1 unable to get local issuer certificate"},
      {"an intermediate for clients alone as the anchor",
       {.intermediate = intermediate_with({kClientUsage}),
        .root_is_anchor = false,
        .intermediate_is_anchor = true},
       "sound"},
  });
}

TEST_CASE("verify_chain: what is sent is held to the rules") {
  check({
      {"an intermediate that is no CA",
       {.intermediate = {.subject = "intermediate"}},
       "1 invalid CA certificate; 1 unsupported certificate purpose"},
      {"an intermediate that may not sign certificates",
       {.intermediate = intermediate_with({{NID_key_usage, "digitalSignature"}})},
       "0 unable to get local issuer certificate"},
      {"an intermediate for clients alone",
       {.intermediate = intermediate_with({kClientUsage})},
       "1 unsupported certificate purpose"},
      {"a critical extension that BoringSSL does not know",
       {.leaf = {.extensions = {kUnknownCritical}}},
       "0 unhandled critical extension"},
      {"any extended usage is none",
       {.leaf = {.extensions = {{NID_ext_key_usage, "anyExtendedKeyUsage"}}}},
       "0 unsupported certificate purpose"},
      {"the old step-up usage",
       {.leaf = {.extensions = {{NID_ext_key_usage, "nsSGC"}}}},
       "0 unsupported certificate purpose"},
      {"Netscape's type does not count",
       {.leaf = {.extensions = {{NID_netscape_cert_type, "client"}}}},
       "sound"},
      {"a policy is required and there is none",
       {.intermediate =
            intermediate_with({{NID_policy_constraints, "critical,requireExplicitPolicy:0"}})},
       "0 no explicit policy"},
      {"a policy is required and is there",
       {.intermediate =
            intermediate_with({{NID_policy_constraints, "critical,requireExplicitPolicy:0"},
                               {NID_certificate_policies, "1.2.3.4"}}),
        .leaf = {.extensions = {{NID_certificate_policies, "1.2.3.4"}}}},
       "sound"},
      {"a policy is required and is another",
       {.intermediate =
            intermediate_with({{NID_policy_constraints, "critical,requireExplicitPolicy:0"},
                               {NID_certificate_policies, "1.2.3.4"}}),
        .leaf = {.extensions = {{NID_certificate_policies, "1.2.3.5"}}}},
       "0 no explicit policy"},
      {"any policy is a policy, unless that is inhibited",
       {.intermediate =
            intermediate_with({{NID_policy_constraints, "critical,requireExplicitPolicy:0"},
                               {NID_certificate_policies, "1.2.3.4"},
                               {NID_inhibit_any_policy, "critical,0"}}),
        .leaf = {.extensions = {{NID_certificate_policies, "2.5.29.32.0"}}}},
       "0 no explicit policy"},
      {"a policy is required further down",
       {.intermediate =
            intermediate_with({{NID_policy_constraints, "critical,requireExplicitPolicy:1"}})},
       "0 no explicit policy"},
      {"a policy is required further down than the chain goes",
       {.intermediate =
            intermediate_with({{NID_policy_constraints, "critical,requireExplicitPolicy:2"}})},
       "sound"},
      {"the leaf requires a policy and has none",
       {.leaf = {.extensions = {{NID_policy_constraints, "critical,requireExplicitPolicy:0"}}}},
       "0 no explicit policy"},
      {"constraints of mappings alone require no policy",
       {.intermediate =
            intermediate_with({{NID_policy_constraints, "critical,inhibitPolicyMapping:0"}})},
       "sound"},
      {"policy constraints that cannot be read",
       {.intermediate = intermediate_with({{NID_policy_constraints, "critical,DER:0400"}})},
       "INVALID_POLICY_EXTENSION, 0 invalid or inconsistent certificate policy extension"},
      {"an unknown root that is sent",
       {.root_is_anchor = false, .root_is_sent = true},
       "2 self signed certificate in certificate chain"},
  });
}

TEST_CASE("verify_chain: the first of several problems is Envoy's") {
  const Wanted expired{.from = -9 * kDay, .until = -kDay};
  const auto expired_with = [&](std::pair<int, std::string> extension) {
    Wanted out = expired;
    out.extensions = {std::move(extension)};
    return out;
  };
  check({
      {"for clients alone, and expired",
       {.leaf = expired_with(kClientUsage)},
       "0 unsupported certificate purpose; 0 certificate has expired"},
      {"no anchor, and expired",
       {.leaf = expired, .root_is_anchor = false},
       "1 unable to get local issuer certificate; 0 certificate has expired"},
      {"names outside the constraints, and expired",
       {.intermediate =
            intermediate_with({{NID_name_constraints, "critical,permitted;DNS:a.test"}}),
        .leaf = expired_with({NID_subject_alt_name, "DNS:b.test"})},
       "0 certificate has expired; 0 permitted subtree violation"},
      {"names outside the constraints, and no policy",
       {.intermediate =
            intermediate_with({{NID_name_constraints, "critical,permitted;DNS:a.test"},
                               {NID_policy_constraints, "critical,requireExplicitPolicy:0"}}),
        .leaf = {.extensions = {{NID_subject_alt_name, "DNS:b.test"}}}},
       "0 permitted subtree violation; 0 no explicit policy"},
  });
}

TEST_CASE("verify_chain: name constraints know four kinds of names") {
  const auto constrained = [](const char* constraints, Wanted leaf) {
    return Chain{.intermediate = intermediate_with({{NID_name_constraints, constraints}}),
                 .leaf = std::move(leaf)};
  };
  const Wanted address{.extensions = {{NID_subject_alt_name, "IP:127.0.0.1"}}};
  const Wanted name{.extensions = {{NID_subject_alt_name, "DNS:a.test"}}};
  check({
      {"an address inside", constrained("permitted;IP:127.0.0.0/255.0.0.0", address),
       "0 unsupported name constraint type"},
      {"addresses constrained, but the leaf has none",
       constrained("permitted;IP:127.0.0.0/255.0.0.0", name), "sound"},
      {"a name inside", constrained("permitted;DNS:test", name), "sound"},
      {"a name excluded", constrained("excluded;DNS:test", name), "0 excluded subtree violation"},
      {"a name in the subject alone", constrained("permitted;DNS:test", {}),
       "-1 Issuer has name constraints but leaf has no SANs"},
      {"no name in the subject either",
       constrained("permitted;DNS:test", {.subject = "not a name"}), "sound"},
  });
}

// Measured on Envoy 1.36.4, 1.37.0, 1.38.2 and 1.40.0.
TEST_CASE("verify_chain: names are held to the constraints one after the other") {
  struct Row {
    std::string constraints;
    std::string names;
    std::string want;         // since 1.38
    std::string want_before;  // empty: the same
  };
  const std::string outside = "0 permitted subtree violation";
  const std::string excluded = "0 excluded subtree violation";
  const std::string unsupported = "0 unsupported name constraint type";
  for (const Row& row : std::vector<Row>{
           {"permitted;DNS:other.test,excluded;IP:10.0.0.0/255.0.0.0", "DNS:a.test,IP:127.0.0.1",
            outside, ""},
           {"permitted;DNS:other.test,excluded;IP:10.0.0.0/255.0.0.0", "IP:127.0.0.1,DNS:a.test",
            unsupported, ""},
           {"permitted;IP:127.0.0.0/255.0.0.0,excluded;DNS:a.test", "DNS:a.test,IP:127.0.0.1",
            excluded, ""},
           {"permitted;DNS:a.test", "DNS:A.Test,DNS:x.a.test", "sound", ""},
           {"permitted;DNS:a.test", "DNS:xa.test", outside, ""},
           {"permitted;DNS:.test", "DNS:a.test", "sound", ""},
           {"permitted;DNS:.a.test", "DNS:a.test", outside, ""},
           {"permitted;DNS:b.test,permitted;DNS:a.test", "DNS:a.test", "sound", ""},
           {"permitted;DNS:a.test", "DNS:a.test.", "sound", outside},
           {"permitted;DNS:a.test.", "DNS:a.test", "sound", outside},
           {"permitted;DNS:.test.", "DNS:a.test", "sound", outside},
           {"excluded;DNS:a.test.", "DNS:a.test", excluded, "sound"},
           {"excluded;DNS:a.test", "DNS:a.test.", excluded, "sound"},
           {"permitted;DNS:a.test", "DNS:a.test..", outside, outside},
           {"excluded;DNS:a.test", "DNS:*.test", excluded, "sound"},
           {"excluded;DNS:A.TEST.", "DNS:*.test.", excluded, "sound"},
           {"excluded;DNS:b.a.test", "DNS:*.test", "sound", ""},
           {"excluded;DNS:.a.test", "DNS:*.test", "sound", ""},
           {"excluded;DNS:.test", "DNS:*.test", excluded, ""},
           {"excluded;DNS:test", "DNS:*.test", excluded, ""},
           {"excluded;DNS:a", "DNS:*", "sound", ""},
           {"excluded;DNS:ab.test", "DNS:a*.test", "sound", ""},
           {"permitted;DNS:a.test", "DNS:*.test", outside, ""},
           {"permitted;email:a.test", "email:b@a.test", "sound", ""},
           {"permitted;email:a.test", "email:nobody,DNS:a.test",
            "0 unsupported or invalid name syntax", ""},
           {"permitted;URI:a.test", "URI:https://a.test/x", "sound", ""},
           {"permitted;URI:a.test", "URI:https://b.test/", outside, ""},
       }) {
    CAPTURE(row.constraints);
    CAPTURE(row.names);
    const Chain chain{.intermediate = intermediate_with({{NID_name_constraints, row.constraints}}),
                      .leaf = {.extensions = {{NID_subject_alt_name, row.names}}}};
    CHECK(judge(chain) == row.want);
    CHECK(judge(chain, EnvoyVersion::V1_37) ==
          (row.want_before.empty() ? row.want : row.want_before));
  }
}

TEST_CASE("verify_chain: self-signed leaves") {
  const Made leaf = make({});
  const Made other = make({});
  CHECK(judge(leaf, {}, {}) == "0 self signed certificate");
  CHECK(judge(leaf, {}, {leaf}) == "sound");
  CHECK(judge(leaf, {}, {other}) == "0 self signed certificate");
  const Made for_clients = make({.extensions = {kClientUsage}});
  CHECK(judge(for_clients, {}, {for_clients}) == "sound");
  const Made may_not_sign = make({.extensions = {{NID_key_usage, "digitalSignature"}}});
  CHECK(judge(may_not_sign, {}, {}) == "0 unable to get local issuer certificate");
}

TEST_CASE("verify_chain: a signature that does not hold tells why in the error queue") {
  struct Keys {
    std::string name;
    KeyPtr anchor;
    KeyPtr signer;
    std::string want;
  };
  const std::string ending = "public key routines, 0 certificate signature failure";
  const Keys cases[] = {
      {"EC", ec_key(), ec_key(), "BAD_SIGNATURE, " + ending},
      {"another kind", rsa_key(), ec_key(),
       "WRONG_PUBLIC_KEY_TYPE, 0 certificate signature failure"},
      {"RSA of other sizes", rsa_key(1024), rsa_key(), "DATA_LEN_NOT_EQUAL_TO_MOD_LEN, " + ending},
      {"a curve that BoringSSL does not have", ec_key("secp256k1"), ec_key("secp256k1"),
       "PUBLIC_KEY_DECODE_ERROR, 0 unable to decode issuer public key"},
      {"Ed448", other_key("ED448"), ec_key(),
       "PUBLIC_KEY_DECODE_ERROR, 0 unable to decode issuer public key"},
  };
  for (const Keys& c : cases) {
    CAPTURE(c.name);
    const Wanted root{.subject = "root", .ca = true};
    Wanted anchor = root;
    anchor.key = c.anchor;
    anchor.digest =
        EVP_PKEY_get_base_id(c.anchor.get()) == EVP_PKEY_ED448 ? nullptr : anchor.digest;
    Wanted signer = root;
    signer.key = c.signer;
    const Made issuer = make(signer);
    CHECK(judge(make({}, &issuer), {}, {make(anchor)}) == c.want);
  }
}

TEST_CASE("verify_chain: signatures of kinds that BoringSSL does not take") {
  const Made root = make({.subject = "root", .ca = true, .key = rsa_key()});
  const auto signed_with = [&root](const EVP_MD* digest) {
    return judge(make({.digest = digest}, &root), {}, {root});
  };
  CHECK(signed_with(EVP_sha1()) == "sound");
  CHECK(signed_with(EVP_sha512()) == "sound");
  CHECK(signed_with(EVP_md5()) ==
        "DIGEST_AND_KEY_TYPE_NOT_SUPPORTED, 0 certificate signature failure");
  CHECK(signed_with(EVP_sha3_256()) ==
        "UNKNOWN_SIGNATURE_ALGORITHM, 0 certificate signature failure");
}

TEST_CASE("verify_chain: the first anchor by name is the only one tried, identifiers tell") {
  const Wanted root{
      .subject = "root", .extensions = {{NID_subject_key_identifier, "hash"}}, .ca = true};
  const Made right = make(root);
  const Made wrong = make(root);
  const Made leaf = make({}, &right);
  CHECK(judge(leaf, {}, {right, wrong}) == "sound");
  CHECK(judge(leaf, {}, {wrong, right}).ends_with("0 certificate signature failure"));
}
