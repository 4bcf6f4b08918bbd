#include "brokerwire/signing.h"

#include <brokerwire/v1/order_service.pb.h>
#include <brokerwire/v1/position_service.pb.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fstream>
#include <iterator>

#include "failures.h"

namespace brokerwire {
namespace {

constexpr auto lifetime = std::chrono::seconds(20);
constexpr std::size_t signature_size = 64;

[[noreturn]] void refuse(const std::string& problem) {
  detail::invalid("signer", problem, v1::ERROR_REASON_INVALID_FIELD).raise();
}

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* value) const { release(value); }
};

v1::OrderSignature* signature_of(google::protobuf::Message* request) {
  if (auto* m = dynamic_cast<v1::OrderRequest*>(request)) return m->mutable_signature();
  if (auto* m = dynamic_cast<v1::ReplaceOrderRequest*>(request)) return m->mutable_signature();
  if (auto* m = dynamic_cast<v1::ClosePositionRequest*>(request)) return m->mutable_signature();
  if (auto* m = dynamic_cast<v1::ClosePositionsRequest*>(request)) return m->mutable_signature();
  return nullptr;
}

}  // namespace

struct Signer::Key {
  std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>> pkey;

  std::string sign(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX, EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    std::string signature(signature_size, '\0');
    std::size_t size = signature.size();
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    auto* out = reinterpret_cast<unsigned char*>(signature.data());
    const bool done = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
                      EVP_DigestSign(context.get(), out, &size, data, text.size()) == 1;
    if (!done || size != signature_size) refuse("the key cannot sign");
    return signature;
  }
};

Signer::Signer(std::unique_ptr<Key> key, std::string key_id, Clock clock)
    : key_(std::move(key)), key_id_(std::move(key_id)), clock_(std::move(clock)) {}
Signer::~Signer() = default;

std::shared_ptr<const Signer> Signer::from_pem(const std::string& pem, std::string key_id, Clock clock) {
  const std::unique_ptr<BIO, Release<BIO, BIO_free_all>> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  auto key = std::make_unique<Key>();
  // Without a callback of its own it would ask at the terminal for the password of an encrypted key.
  const auto no_password = [](char*, int, int, void*) { return 0; };
  key->pkey.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key->pkey || EVP_PKEY_id(key->pkey.get()) != EVP_PKEY_ED25519)
    refuse("that is no Ed25519 key in PKCS #8 as PEM");
  if (!clock) clock = std::chrono::system_clock::now;
  return std::shared_ptr<const Signer>(new Signer(std::move(key), std::move(key_id), std::move(clock)));
}

std::shared_ptr<const Signer> Signer::from_file(const std::string& path, std::string key_id) {
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path + " cannot be read");
  return from_pem({std::istreambuf_iterator<char>(file), {}}, std::move(key_id));
}

void Signer::sign(google::protobuf::Message* request) const {
  if (auto* submit = dynamic_cast<v1::SubmitOrderRequest*>(request)) {
    if (submit->has_order()) sign(submit->mutable_order());
    return;
  }
  if (auto* command = dynamic_cast<v1::OrderCommand*>(request)) {
    if (command->has_submit()) sign(command->mutable_submit());
    if (command->has_replace()) sign(command->mutable_replace());
    return;
  }
  v1::OrderSignature* signature = signature_of(request);
  if (signature == nullptr) return;
  const auto expires = std::chrono::duration_cast<std::chrono::nanoseconds>((clock_() + lifetime).time_since_epoch());
  signature->Clear();
  signature->set_key_id(key_id_);
  signature->mutable_expire_time()->set_seconds(expires.count() / 1'000'000'000);
  signature->mutable_expire_time()->set_nanos(static_cast<int>(expires.count() % 1'000'000'000));
  signature->set_signature(key_->sign(canonical_text(*request)));
}

}  // namespace brokerwire
