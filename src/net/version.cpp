#include "version.h"

#include <ares.h>
#include <curl/curl.h>
#include <event2/event.h>
#include <openssl/crypto.h>

#include "wire/version.h"

namespace prober::net {

std::string library_versions() {
  return std::string("libcurl ") + curl_version_info(CURLVERSION_NOW)->version + "\nOpenSSL " +
         OpenSSL_version(OPENSSL_VERSION_STRING) + "\n" + wire::library_version() + "\nc-ares " +
         ares_version(nullptr) + "\nlibevent " + event_get_version();
}

}  // namespace prober::net
