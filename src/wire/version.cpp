#include "wire/version.h"

#include <nghttp2/nghttp2.h>

namespace prober::wire {

std::string library_version() {
  return std::string("nghttp2 ") + nghttp2_version(0)->version_str;
}

}  // namespace prober::wire
