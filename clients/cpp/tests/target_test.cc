#include "target.h"

#include <cstdlib>

#include "support.h"

namespace brokerwire::detail {
namespace {

std::string address(const std::string& option) { return Target(Options{.address = option}).address(); }

TEST(Target, IsTheOptionElseTheEnvironmentElseTheDefault) {
  ::setenv("BROKERWIRE_ADDRESS", "127.0.0.1:7", 1);
  EXPECT_EQ(address(""), "127.0.0.1:7");
  EXPECT_EQ(address("localhost"), "localhost:50051");
  EXPECT_EQ(address("[::1]"), "[::1]:50051");
  EXPECT_EQ(address("unix:/run/brokerwire.sock"), "unix:/run/brokerwire.sock");
  ::setenv("BROKERWIRE_ADDRESS", "", 1);
  EXPECT_EQ(address(""), "127.0.0.1:50051");
  ::unsetenv("BROKERWIRE_ADDRESS");
  EXPECT_EQ(address(""), "127.0.0.1:50051");
}

TEST(Target, KeepsPlaintextOnThisMachine) {
  for (const std::string there : {"gateway.example:443", "10.0.0.1", "dns:///gateway.example:443",
                                  "localhost.example:1", "127.0.0.1.example:1", "[2001:db8::1]:1"}) {
    EXPECT_NE(failure_of([&] { address(there); }).message.find("plaintext"), std::string::npos) << there;
    EXPECT_FALSE(Target(Options{.address = there, .tls = true}).local());
  }
  for (const std::string here :
       {"127.0.0.1:1", "127.1.2.3:1", "localhost:1", "[::1]:1", "unix:/run/x", "dns:localhost:1"}) {
    EXPECT_TRUE(Target(Options{.address = here}).local()) << here;
  }
}

TEST(Target, RefusesWhatIsNoAddressAndNoCertificate) {
  EXPECT_THROW(address("https://localhost:1"), InvalidRequest);
  EXPECT_THROW(Target(Options{.ca_file = "/no/such/file"}), InvalidRequest);
  EXPECT_THROW(Target(Options{.certificate_file = "/no/such/file"}), InvalidRequest);
  EXPECT_THROW(Target(Options{.key_file = "/no/such/file"}), InvalidRequest);
  EXPECT_THROW(Client(Options{.timeout = std::chrono::seconds(0)}), InvalidRequest);
}

}  // namespace
}  // namespace brokerwire::detail
