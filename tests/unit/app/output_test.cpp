
#include "app/output.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

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
TEST_CASE("output: a reader that does not read keeps nobody waiting until the end") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  auto output = Output::open("/dev/fd/" + std::to_string(ends[1]));
  REQUIRE(output);
  ::close(ends[1]);
  std::string all;
  for (int i = 0; i < 100; ++i) {  // far more than a pipe holds
    const std::string part(7001, static_cast<char>('a' + i % 26));
    REQUIRE(output->append(part));
    all += part;
  }
  std::string seen;
  std::thread reader([&seen, fd = ends[0]] {
    std::array<char, 4096> buffer{};
    for (ssize_t count = 1; count > 0;) {
      count = ::read(fd, buffer.data(), buffer.size());
      seen.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    }
  });
  CHECK(output->commit("end"));
  *output = Output();  // closes the last writing end
  reader.join();
  ::close(ends[0]);
  CHECK((seen == all + "end"));
}
