#include "writing.h"

#include "failures.h"

namespace brokerwire::detail {
namespace {

template <class Message>
void write_trail(const std::optional<Decimal>& amount, const std::optional<Decimal>& percent, const char* field,
                 Message* m) {
  if (amount && percent) invalid(field, "cannot go with a trail_amount", v1::ERROR_REASON_INVALID_FIELD).raise();
  if (amount) m->mutable_trail_amount()->set_value(amount->text());
  if (percent) m->mutable_trail_percent()->set_value(percent->text());
}

OrderType type_of(const OrderRequest& r) {
  if (r.type != v1::ORDER_TYPE_UNSPECIFIED) return r.type;
  if (r.trail_amount || r.trail_percent) return v1::ORDER_TYPE_TRAILING_STOP;
  if (r.stop_price) return r.limit_price ? v1::ORDER_TYPE_STOP_LIMIT : v1::ORDER_TYPE_STOP;
  return r.limit_price ? v1::ORDER_TYPE_LIMIT : v1::ORDER_TYPE_MARKET;
}

OrderClass class_of(const OrderRequest& r) {
  if (r.order_class != v1::ORDER_CLASS_UNSPECIFIED) return r.order_class;
  if (!r.legs.empty()) return v1::ORDER_CLASS_MULTI_LEG;
  if (r.take_profit && r.stop_loss) return v1::ORDER_CLASS_BRACKET;
  return r.take_profit || r.stop_loss ? v1::ORDER_CLASS_OTO : v1::ORDER_CLASS_SIMPLE;
}

void write_size(const OrderRequest& r, v1::OrderRequest* m) {
  if (r.quantity && r.notional) {
    invalid("order.notional", "cannot go with a quantity", v1::ERROR_REASON_INVALID_FIELD).raise();
  }
  if (r.quantity) m->mutable_quantity()->set_value(r.quantity->text());
  if (r.notional) {
    m->mutable_notional()->mutable_amount()->set_value(r.notional->amount.text());
    m->mutable_notional()->set_currency_code(r.notional->currency);
  }
}

void write_exits(const OrderRequest& r, v1::OrderRequest* m) {
  if (r.take_profit) m->mutable_take_profit()->mutable_limit_price()->set_value(r.take_profit->text());
  if (!r.stop_loss) return;
  v1::StopLoss* stop = m->mutable_stop_loss();
  if (r.stop_loss->stop_price) stop->mutable_stop_price()->set_value(r.stop_loss->stop_price->text());
  if (r.stop_loss->limit_price) stop->mutable_limit_price()->set_value(r.stop_loss->limit_price->text());
  write_trail(r.stop_loss->trail_amount, r.stop_loss->trail_percent, "order.stop_loss.trail_percent", stop);
}

template <class Sequences>
void write_sequences(const std::map<std::string, std::int64_t>& from, Sequences* to) {
  for (const auto& [account, sequence] : from) {
    v1::AccountSequence* one = to->Add();
    one->set_account_id(account);
    one->set_sequence(sequence);
  }
}

}  // namespace

v1::OrderRequest write_order(const OrderRequest& r) {
  v1::OrderRequest m;
  m.set_account_id(r.account);
  m.set_client_order_id(r.client_order_id);
  if (r.instrument) {
    *m.mutable_instrument() = *r.instrument;
  } else if (!r.symbol.empty()) {
    m.mutable_instrument()->set_symbol(r.symbol);
  }
  m.set_side(r.side);
  m.set_type(type_of(r));
  m.set_time_in_force(r.time_in_force == v1::TIME_IN_FORCE_UNSPECIFIED ? v1::TIME_IN_FORCE_DAY : r.time_in_force);
  write_size(r, &m);
  if (r.limit_price) m.mutable_limit_price()->set_value(r.limit_price->text());
  if (r.stop_price) m.mutable_stop_price()->set_value(r.stop_price->text());
  write_trail(r.trail_amount, r.trail_percent, "order.trail_percent", &m);
  m.set_extended_hours(r.extended_hours);
  m.set_order_class(class_of(r));
  m.mutable_tags()->insert(r.tags.begin(), r.tags.end());
  for (const v1::OrderLeg& leg : r.legs) *m.add_legs() = leg;
  write_exits(r, &m);
  return m;
}

v1::ReplaceOrderRequest write_replace(const OrderKey& key, const ReplaceRequest& r) {
  v1::ReplaceOrderRequest m;
  write_key(key, &m);
  m.set_new_client_order_id(r.new_client_order_id);
  if (r.expected_version) m.set_expected_version(*r.expected_version);
  if (r.quantity) m.mutable_quantity()->set_value(r.quantity->text());
  if (r.limit_price) m.mutable_limit_price()->set_value(r.limit_price->text());
  if (r.stop_price) m.mutable_stop_price()->set_value(r.stop_price->text());
  write_trail(r.trail_amount, r.trail_percent, "trail_percent", &m);
  if (r.time_in_force) m.set_time_in_force(*r.time_in_force);
  return m;
}

v1::StreamOptions write_options(const StreamOptions& options, const std::string& token) {
  using std::chrono::floor;
  using std::chrono::seconds;
  v1::StreamOptions m;
  m.set_resume_token(token);
  m.set_skip_snapshot(options.skip_snapshot);
  m.set_on_gap(options.fail_on_gap ? v1::ON_GAP_FAIL : v1::ON_GAP_RESNAPSHOT);
  if (options.heartbeat) {
    const auto whole = floor<seconds>(*options.heartbeat);
    m.mutable_heartbeat_interval()->set_seconds(whole.count());
    m.mutable_heartbeat_interval()->set_nanos(static_cast<int>((*options.heartbeat - whole).count()));
  }
  write_sequences(options.min_sequences, m.mutable_min_sequences());
  if (options.terminal_since) {
    const auto since = options.terminal_since->time_since_epoch();
    const auto whole = floor<seconds>(since);
    m.mutable_include_terminal_since_time()->set_seconds(whole.count());
    m.mutable_include_terminal_since_time()->set_nanos(static_cast<int>((since - whole).count()));
  }
  return m;
}

}  // namespace brokerwire::detail
