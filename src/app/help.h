#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace prober::app {

// The options of a run in the groups of `prober help once`; outside of --once they are refused.
inline constexpr char kRunGroup[] = "The run";
inline constexpr char kCodeGroup[] = "What counts";
inline constexpr char kReportGroup[] = "The report";
inline constexpr char kLogGroup[] = "The log";

/// What `--help` prints for prober itself (it fits a screen of 24 lines) or for one of its
/// commands.
[[nodiscard]] std::string command_help(const CLI::App& app);

/// What `prober help TOPIC` prints. Throws CLI::ValidationError, which names the topics, for one
/// that there is not.
[[nodiscard]] std::string topic_help(const CLI::App& app, const std::string& topic);

/// The topics, for messages: "once, daemon, check, ...".
[[nodiscard]] std::string help_topics();

/// What `--version` prints: prober's version, and a line for each of the libraries that are
/// loaded now, or, where a library cannot say, of the one compiled with.
[[nodiscard]] std::string version_text();

}  // namespace prober::app
