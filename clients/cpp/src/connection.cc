#include "connection.h"

#include <brokerwire/v1/account_service.grpc.pb.h>

#include <algorithm>

#include "failures.h"
#include "methods.h"

namespace brokerwire::detail {
namespace {

template <class Names>
std::string joined(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string only_account(const v1::ListAccountsResponse& answer) {
  if (answer.unreachable_size() > 0) {
    failure(grpc::StatusCode::UNAVAILABLE, "",
            "cannot tell which account is meant while " + joined(answer.unreachable()) + " cannot be reached")
        .raise();
  }
  std::vector<std::string> usable;
  for (const v1::Account& account : answer.accounts()) {
    if (account.status() != v1::ACCOUNT_STATUS_CLOSED) usable.push_back(account.account_id());
  }
  if (usable.empty()) {
    failure(grpc::StatusCode::NOT_FOUND, reason_name(v1::ERROR_REASON_ACCOUNT_NOT_FOUND),
            "the gateway has no open account")
        .raise();
  }
  if (usable.size() > 1) {
    invalid("account", "is needed, because the gateway has several: " + joined(usable), v1::ERROR_REASON_FIELD_REQUIRED)
        .raise();
  }
  return usable.front();
}

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Connection::Connection(const Options& options)
    : target(options),
      channel(target.dial()),
      orders(v1::OrderService::NewStub(channel)),
      timeout(options.timeout),
      token_(options.token),
      otp_(options.otp),
      signer_(options.signer),
      own_account_(options.account) {
  if (timeout <= std::chrono::nanoseconds::zero()) {
    invalid("timeout", "must be above zero", v1::ERROR_REASON_INVALID_FIELD).raise();
  }
  if (!is_printable(token_) || !is_printable(otp_)) {
    invalid(is_printable(token_) ? "otp" : "token", "has characters that it cannot have",
            v1::ERROR_REASON_INVALID_FIELD)
        .raise();
  }
}

void Connection::authorize(grpc::ClientContext* context) const {
  if (!token_.empty()) context->AddMetadata("authorization", "Bearer " + token_);
  if (!otp_.empty()) context->AddMetadata("brokerwire-otp", otp_);
}

void Connection::sign(google::protobuf::Message* request) const {
  if (signer_) signer_->sign(request);
}

void Connection::carry_out(const google::protobuf::Message& request, const Invoke& invoke) const {
  grpc::ClientContext context;
  authorize(&context);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(timeout));
  const grpc::Status status = invoke(&context);
  if (!status.ok()) from_status(status, !reads(request), order_key(request), target.address()).raise();
}

std::string Connection::account_or_default(const std::string& named) {
  if (!named.empty()) return named;
  if (!own_account_.empty()) return own_account_;
  {
    const std::lock_guard lock(mutex_);
    if (!default_account_.empty()) return default_account_;
  }
  v1::ListAccountsRequest request;
  request.set_page_size(1000);
  v1::ListAccountsResponse answer;
  v1::AccountService::Stub accounts(channel);
  carry_out(request, [&](grpc::ClientContext* context) { return accounts.ListAccounts(context, request, &answer); });
  const std::lock_guard lock(mutex_);
  return default_account_ = only_account(answer);
}

std::vector<std::string> Connection::some_accounts(const std::string& named) const {
  if (!named.empty()) return {named};
  if (!own_account_.empty()) return {own_account_};
  return {};
}

}  // namespace brokerwire::detail
