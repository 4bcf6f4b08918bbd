#include "target.h"

#include <arpa/inet.h>
#include <grpcpp/create_channel.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "failures.h"
#include "methods.h"

namespace brokerwire::detail {
namespace {

constexpr const char* default_address = "127.0.0.1:50051";
constexpr const char* default_port = "50051";
constexpr int max_message = 16 * 1024 * 1024;

[[noreturn]] void refuse(const std::string& option, const std::string& problem) {
  invalid(option, problem, v1::ERROR_REASON_INVALID_FIELD).raise();
}

std::string chosen_address(const std::string& option) {
  if (!option.empty()) return option;
  const char* named = std::getenv("BROKERWIRE_ADDRESS");
  return named != nullptr && *named != '\0' ? named : default_address;
}

std::string with_port(const std::string& address) {
  const bool scheme = address.find("://") != std::string::npos;
  if (scheme && !address.starts_with("dns://") && !address.starts_with("unix://")) {
    refuse("address", address + " is no gRPC address: write host:port or unix:path");
  }
  const std::string host = address.starts_with('[') ? address.substr(address.rfind(']') + 1) : address;
  return host.find(':') != std::string::npos ? address : address + ":" + default_port;
}

bool is_loopback(const std::string& host) {
  in_addr four;
  in6_addr six;
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool is_local(const std::string& address) {
  if (address.starts_with("unix:") || address.starts_with("unix-abstract:")) return true;
  std::string endpoint = address;
  for (const std::string prefix : {"dns:", "ipv4:", "ipv6:"}) {
    if (endpoint.starts_with(prefix)) endpoint.erase(0, prefix.size());
  }
  endpoint = endpoint.substr(endpoint.rfind('/') + 1);
  std::string host = endpoint.substr(0, endpoint.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "localhost" || is_loopback(host);
}

std::string contents(const std::string& option, const std::string& path, const std::string& kind) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.find(kind + "-----") == std::string::npos) refuse(option, path + " holds no PEM of a " + kind);
  return text;
}

/// None: plaintext.
std::shared_ptr<grpc::ChannelCredentials> credentials_of(const Options& options) {
  if (options.credentials) return options.credentials;
  const bool certified = !options.certificate_file.empty();
  if (certified == options.key_file.empty()) refuse("certificate_file", "goes together with key_file");
  if (!options.tls && options.ca_file.empty() && options.ca_pem.empty() && !certified) return nullptr;
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = options.ca_file.empty() ? options.ca_pem : contents("ca_file", options.ca_file, "CERTIFICATE");
  if (certified) {
    ssl.pem_cert_chain = contents("certificate_file", options.certificate_file, "CERTIFICATE");
    ssl.pem_private_key = contents("key_file", options.key_file, "PRIVATE KEY");
  }
  return grpc::SslCredentials(ssl);
}

}  // namespace

Target::Target(const Options& options)
    : address_(with_port(chosen_address(options.address))),
      local_(is_local(address_)),
      credentials_(credentials_of(options)) {
  if (!credentials_ && !local_) {
    refuse("address", address_ +
                          " is not on this machine, and plaintext would show orders and tokens to the network: " +
                          "set tls, or ca_file with the gateway's certificate authority");
  }
  if (!credentials_) credentials_ = grpc::InsecureChannelCredentials();
}

std::shared_ptr<grpc::Channel> Target::dial() const {
  return grpc::CreateCustomChannel(address_, credentials_, arguments());
}

// grpc reports no unknown option, so these are its own names where it has them.
grpc::ChannelArguments Target::arguments() const {
  grpc::ChannelArguments a;
  a.SetServiceConfigJSON(service_config());
  a.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  a.SetInt(GRPC_ARG_ENABLE_RETRIES, 1);
  // A silent connection is found out. The gateway allows a ping every 10 s.
  a.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  a.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  a.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // The default grows to two minutes, which a stream would have to wait out after an outage.
  a.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  a.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);  // how long one attempt may take, at least
  a.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  a.SetMaxReceiveMessageSize(max_message);
  // Channels to the same address would share a connection otherwise, a dead one too.
  a.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (local_) a.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return a;
}

}  // namespace brokerwire::detail
