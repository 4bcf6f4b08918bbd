#include "brokerwire/signing.h"

#include <brokerwire/v1/order_service.pb.h>
#include <brokerwire/v1/position_service.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "support.h"

namespace brokerwire {
namespace {

using google::protobuf::Message;
using google::protobuf::Struct;

std::string text_of(const Struct& object, const std::string& key) { return object.fields().at(key).string_value(); }

/// The vectors that the clients of all languages share.
Struct shared() {
  std::ifstream file(BROKERWIRE_VECTORS, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Struct vectors;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &vectors).ok());
  return vectors;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string from_base64(const std::string& text) {
  std::string bytes;
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    held = held << 6 | static_cast<unsigned>(std::string(digits).find(c));
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(held >> (bits -= 8) & 0xff);
  }
  return bytes;
}

std::string to_base64(const std::string& bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {  // a key's length is a multiple of 3
    unsigned three = 0;
    for (std::size_t j = i; j < i + 3; ++j) three = three << 8 | static_cast<unsigned char>(bytes[j]);
    for (int shift = 18; shift >= 0; shift -= 6) text += digits[three >> shift & 63];
  }
  return text;
}

std::string pem(const Struct& vectors) {
  const std::string key = from_hex("302e020100300506032b657004220420" + text_of(vectors, "seed"));
  return "-----BEGIN PRIVATE KEY-----\n" + to_base64(key) + "\n-----END PRIVATE KEY-----\n";
}

std::unique_ptr<Message> message(const std::string& name) {
  if (name == "OrderRequest") return std::make_unique<v1::OrderRequest>();
  if (name == "ReplaceOrderRequest") return std::make_unique<v1::ReplaceOrderRequest>();
  if (name == "ClosePositionRequest") return std::make_unique<v1::ClosePositionRequest>();
  return std::make_unique<v1::ClosePositionsRequest>();
}

std::string signature_of(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("signature");
  return dynamic_cast<const v1::OrderSignature&>(request.GetReflection()->GetMessage(request, field)).signature();
}

TEST(Signer, GivesARequestTheTextAndSignatureOfItsVector) {
  const Struct vectors = shared();
  const std::chrono::nanoseconds now(std::stoll(text_of(vectors, "now")));
  const auto clock = [&] {
    return std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(now));
  };
  const auto signer = Signer::from_pem(pem(vectors), text_of(vectors, "key_id"), clock);
  const auto& all = vectors.fields().at("vectors").list_value().values();
  ASSERT_GE(all.size(), 10);
  for (const auto& value : all) {
    const Struct& vector = value.struct_value();
    const auto request = message(text_of(vector, "message"));
    ASSERT_TRUE(request->ParseFromString(from_base64(text_of(vector, "request"))));
    signer->sign(request.get());
    EXPECT_EQ(canonical_text(*request), text_of(vector, "text")) << text_of(vector, "about");
    EXPECT_EQ(signature_of(*request), from_hex(text_of(vector, "signature"))) << text_of(vector, "about");
  }
}

TEST(Signer, SignsASubmitInItsOrderACommandInItsOwnAndACancelNotAtAll) {
  const auto signer = Signer::from_pem(pem(shared()), "sk_1");
  v1::SubmitOrderRequest submit;
  submit.mutable_order()->set_account_id("a");
  signer->sign(&submit);
  EXPECT_EQ(submit.order().signature().signature().size(), 64u);
  v1::OrderCommand command;
  command.mutable_replace()->set_account_id("a");
  signer->sign(&command);
  EXPECT_TRUE(command.replace().has_signature());
  v1::CancelOrderRequest cancel;
  cancel.set_account_id("a");
  const std::string before = cancel.SerializeAsString();
  signer->sign(&cancel);
  EXPECT_EQ(cancel.SerializeAsString(), before);
}

TEST(Signer, RefusesWhatIsNoKeyWithoutShowingIt) {
  const Failure failure = failure_of([] { Signer::from_pem("secret", "sk_1"); });
  EXPECT_NE(failure.message.find("Ed25519"), std::string::npos);
  EXPECT_EQ(failure.message.find("secret"), std::string::npos);
  EXPECT_THROW(Signer::from_file("/no/such/file", "sk_1"), InvalidRequest);
}

TEST(Client, RefusesATokenThatIsNoneWithoutShowingIt) {
  for (const Options& options : {Options{.token = "secret\n"}, Options{.otp = "secr\xc3\xa9t"}}) {
    const Failure failure = failure_of([&] { Client{options}; });
    EXPECT_EQ(failure.message.find("secr"), std::string::npos);
  }
}

}  // namespace
}  // namespace brokerwire
