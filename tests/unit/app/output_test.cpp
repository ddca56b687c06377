#include "app/output.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using prober::app::Output;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "prober-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }
  [[nodiscard]] long entries() const { return std::distance(fs::directory_iterator(path_), {}); }

 private:
  fs::path path_;
};

std::string content(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("output: a file is complete or untouched") {
  const Folder folder;
  const std::string path = folder.file("report.txt");
  std::ofstream(path) << "old";
  {
    auto output = Output::open(path);
    REQUIRE(output.has_value());
    CHECK(content(path) == "old");
  }
  CHECK(content(path) == "old");  // never committed
  CHECK(folder.entries() == 1);
  auto output = Output::open(path);
  REQUIRE(output->commit("new").has_value());
  CHECK(content(path) == "new");
  struct stat info{};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0644);
  CHECK(folder.entries() == 1);
}

TEST_CASE("output: a link is followed, not replaced") {
  const Folder folder;
  std::ofstream(folder.file("target.txt")) << "old";
  fs::create_symlink("target.txt", folder.file("link.txt"));
  REQUIRE(Output::open(folder.file("link.txt"))->commit("new").has_value());
  CHECK(fs::is_symlink(folder.file("link.txt")));
  CHECK(content(folder.file("target.txt")) == "new");
}

TEST_CASE("output: a device is written in place") {
  REQUIRE(Output::open("/dev/null")->commit("gone").has_value());
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("output: an unwritable target is found on opening") {
  const auto output = Output::open("/nowhere/report.txt");
  REQUIRE_FALSE(output.has_value());
  CHECK(output.error().message.find("/nowhere/report.txt") != std::string::npos);
}
