#include "brokerwire/tokens.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace brokerwire {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::filesystem::filesystem_error("cannot keep the resume token", path,
                                          std::error_code(errno, std::generic_category()));
}

/// A file or folder that is open.
class Handle {
 public:
  Handle(const std::filesystem::path& path, int flags) : path_(path), number_(::open(path.c_str(), flags, 0600)) {
    if (number_ < 0) fail(path);
  }
  Handle(const Handle&) = delete;
  ~Handle() { ::close(number_); }

  void write(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(number_, text.data() + done, text.size() - done);
      if (count < 0 && errno != EINTR) fail(path_);
      done += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
  }
  void flush() {
    if (::fsync(number_) != 0) fail(path_);
  }

 private:
  const std::filesystem::path& path_;
  int number_;
};

void write_out(const std::filesystem::path& path, const std::string& text) {
  Handle file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  file.write(text);
  file.flush();
}

}  // namespace

FileTokenStore::FileTokenStore(std::filesystem::path path) : path_(std::filesystem::absolute(std::move(path))) {}

std::string FileTokenStore::load() {
  if (!std::filesystem::exists(path_)) return "";
  std::ifstream file(path_);
  std::string token;
  if (!std::getline(file, token) && !file.eof()) fail(path_);
  return token;
}

void FileTokenStore::save(const std::string& token) {
  const std::filesystem::path folder = path_.parent_path();
  std::filesystem::create_directories(folder);
  const std::filesystem::path beside = folder / ("." + path_.filename().string() + "." + std::to_string(::getpid()));
  try {
    write_out(beside, token + "\n");
    std::filesystem::rename(beside, path_);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    throw;
  }
  Handle(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC).flush();
}

}  // namespace brokerwire
