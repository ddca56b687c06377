#include "wire/http1_framing.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "prober/ascii.h"
#include "wire/http1_syntax.h"

namespace prober::wire {
namespace {

struct Announced {
  int lengths = 0;
  std::string length_text;
  ContentLength length;
  bool lengths_differ = false;
  int coding_lines = 0;
  std::string codings;  // all lines with a value, joined
  bool chunked = false;
};

// What the parser's owner sees of a value: without CRs.
std::string without_cr(std::string value) {
  std::erase(value, '\r');
  return value;
}

Announced announced_by(const std::vector<HeaderField>& fields) {
  Announced out;
  for (const HeaderField& field : fields) {
    if (same_letters(field.name, "content-length")) {
      const ContentLength length = parse_content_length(field.value);
      out.lengths_differ = out.lengths_differ || (out.lengths > 0 && length != out.length);
      out.length = length;
      out.length_text = without_cr(field.value);
      ++out.lengths;
    } else if (same_letters(field.name, "transfer-encoding")) {
      const std::string value = without_cr(field.value);
      out.codings += (out.codings.empty() || value.empty() ? "" : ",") + value;
      out.chunked = same_letters(field.value, "chunked");  // the last line decides
      ++out.coding_lines;
    }
  }
  return out;
}

std::unexpected<Error> bad(std::string what) {
  return std::unexpected(Error{std::move(what)});
}

}  // namespace

// RFC 9112, section 6.3, where Envoy leaves no choice: both ways of framing together, a length
// twice and any other coding are refused.
Result<Framing> choose_framing(int status, const std::vector<HeaderField>& fields,
                               bool head_request) {
  constexpr int kOk = 200;
  constexpr int kNoContent = 204;
  constexpr int kNotModified = 304;
  const Announced announced = announced_by(fields);
  const bool sized = announced.lengths > 0;
  const bool coded = announced.coding_lines > 0;
  if (announced.lengths > 1 && (announced.length.valid() || announced.lengths_differ)) {
    return bad("content-length is there twice");
  }
  if (coded && !same_letters(announced.codings, "chunked")) {
    return bad("transfer-encoding is not chunked");
  }
  if (coded && sized) {
    return bad("content-length and transfer-encoding together");
  }
  if ((status < kOk || status == kNoContent) &&
      (coded || (sized && announced.length_text != "0"))) {
    return bad(fmt::format("{} with a body", status));
  }
  // The parser does not look at the length of an answer that has no body by its status.
  if (sized && !announced.length.valid() && status != kNotModified) {
    return bad("content-length is not a number");
  }
  const bool interim = status >= 100 && status < kOk;
  if (head_request || interim || status == kNoContent || status == kNotModified) {
    return Framing{};
  }
  if (announced.chunked) {
    return Framing{Framing::Kind::Chunked};
  }
  return sized ? Framing{Framing::Kind::Sized, announced.length.value}
               : Framing{Framing::Kind::UntilClose};
}

}  // namespace prober::wire
