#pragma once

#include <string>
#include <string_view>

namespace prober::report {

/// Foreign text for a terminal or a line of a log: control characters (C1 ones too) and bytes that
/// are not UTF-8 become \xNN, so that nothing moves the cursor or begins a line.
[[nodiscard]] std::string escape_control(std::string_view text);

/// The same for a whole, valid JSON document, as \uNNNN: JSON's own escaping leaves DEL, the C1
/// controls and the marks that turn the direction of text as they are, and a terminal acts on them.
[[nodiscard]] std::string escape_json(std::string_view document);
/// The same, appended; every line but the first is indented further.
void append_escaped_json(std::string& out, std::string_view document, std::string_view indent);

/// Foreign text for XML and HTML, in text and in quoted attributes: escape_control(), then entities
/// for the five characters that mean something. No "]]>" is left, and nothing that XML 1.0 forbids.
[[nodiscard]] std::string escape_markup(std::string_view text);

/// The text cut to that many columns, with dots for what is left out.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t width);

/// Columns that the text takes on a terminal: two for a wide character (CJK, emoji), none for one
/// that joins the one before.
[[nodiscard]] std::size_t columns(std::string_view text);

/// Breaks the text into lines of at most `width` columns, at spaces only: a longer word, such as a
/// URL or response code details, stays whole so that it can be copied.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::string_view indent);

}  // namespace prober::report
