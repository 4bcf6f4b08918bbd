// Carries out the steps of the cross-language suite with this client: JSON lines in, one JSON line out for each.
// tests/clients/README.md says what the steps are.

#include <iostream>
#include <map>

#include "words.h"

using namespace brokerwire;

namespace {

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * 1e9));
}

/// A token store that outlives its stream.
struct Store : TokenStore {
  std::string token;
  std::string load() override { return token; }
  void save(const std::string& value) override { token = value; }
};

/// A stream of any kind.
struct AnyStream {
  virtual ~AnyStream() = default;
  /// The next item, or the next event alone; nothing when the time is up or the stream closed.
  virtual std::optional<Json> next(std::chrono::nanoseconds timeout, bool events_only) = 0;
  virtual void close() = 0;
};

template <class E, class S>
struct StreamOf : AnyStream {
  explicit StreamOf(Stream<E, S> given) : stream(std::move(given)) {}

  std::optional<Json> next(std::chrono::nanoseconds timeout, bool events_only) override {
    std::optional<StreamItem<E, S>> item;
    if (!events_only) {
      item = stream.next(timeout);
    } else if (auto event = stream.next_event(timeout)) {
      item = std::move(*event);
    }
    if (!item) return std::nullopt;
    return describe(*item);
  }
  void close() override { stream.close(); }

  Stream<E, S> stream;
};

class Driver {
 public:
  Json carry_out(const Json& step) {
    const std::string what = text_of(step, "do");
    const auto found = steps_.find(what);
    if (found == steps_.end()) throw std::runtime_error("no such step: " + what);
    return (this->*found->second)(step);
  }

 private:
  using Step = Json (Driver::*)(const Json&);

  static OrderKey key(const Json& step) {
    return {.order_id = text_of(step, "order_id"), .client_order_id = text_of(step, "client_order_id")};
  }

  Json connect(const Json& step) {
    Options options{.address = text_of(step, "address"),
                    .account = text_of(step, "account"),
                    .token = text_of(step, "bearer"),
                    .timeout = seconds(number_of(step, "timeout", 10)),
                    .ca_file = text_of(step, "ca"),
                    .certificate_file = text_of(step, "certificate"),
                    .key_file = text_of(step, "certificate_key")};
    if (const std::string file = text_of(step, "signing_key"); !file.empty()) {
      options.signer = Signer::from_file(file, text_of(step, "key_id"));
    }
    client_.emplace(std::move(options));
    return object({});
  }

  Json submit(const Json& step) { return describe(client_->submit(order_request(step))); }

  Json wait(const Json& step) {
    return describe(client_->wait(client_->order(key(step)), {.timeout = seconds(number_of(step, "timeout", 20))}));
  }

  Json get_order(const Json& step) { return describe(client_->order(key(step))); }

  Json replace(const Json& step) {
    const Replacement result = client_->replace(key(step), replace_request(step));
    return object({{"outcome", text(name(result.outcome))}, {"order", describe(result.order)}});
  }

  Json cancel(const Json& step) {
    const Cancellation result = client_->cancel(key(step));
    return object({{"outcome", text(name(result.outcome))}, {"order", describe(result.order)}});
  }

  Json list_orders(const Json& step) {
    OrderFilter filter;
    filter.open_only = flag_of(step, "open_only");
    filter.oldest_first = flag_of(step, "oldest_first");
    filter.page_size = static_cast<int>(number_of(step, "page_size", 0));
    std::vector<Json> orders;
    for (const Order& order : client_->orders(filter)) orders.push_back(describe(order));
    return object({{"orders", list(std::move(orders))}});
  }

  Json list_positions(const Json&) {
    std::vector<Json> positions;
    for (const Position& position : client_->positions()) positions.push_back(describe(position));
    return object({{"positions", list(std::move(positions))}});
  }

  Json open_stream(const Json& step) {
    const std::string stream = text_of(step, "stream");
    const std::string kept = find(step, "store") != nullptr ? text_of(step, "store") : stream;
    auto& store = stores_[kept];
    if (!store) store = std::make_shared<Store>();
    if (find(step, "token") != nullptr) store->token = text_of(step, "token");
    StreamOptions options{.fail_on_gap = text_of(step, "on_gap") == "fail", .token_store = store};
    if (find(step, "heartbeat") != nullptr) options.heartbeat = seconds(number_of(step, "heartbeat", 0));
    streams_[stream] = opened(text_of(step, "kind"), std::move(options), step);
    return object({});
  }

  std::unique_ptr<AnyStream> opened(const std::string& kind, StreamOptions options, const Json& step) {
    if (kind == "orders") {
      return std::make_unique<StreamOf<OrderEvent, Order>>(
          client_->stream_orders({.stream = std::move(options), .fills_only = flag_of(step, "fills_only")}));
    }
    if (kind == "positions") {
      return std::make_unique<StreamOf<PositionEvent, Position>>(
          client_->stream_positions({.stream = std::move(options)}));
    }
    if (kind != "events") throw std::runtime_error("no such stream: " + kind);
    EventStreamOptions wanted{.stream = std::move(options)};
    if (const Json* types = find(step, "types")) {
      for (const Json& type : types->list_value().values()) {
        wanted.types.push_back(value_of<EventType>(type.string_value()));
      }
    }
    return std::make_unique<StreamOf<Event, NoState>>(client_->stream_events(std::move(wanted)));
  }

  Json read_stream(const Json& step) {
    const auto end = std::chrono::steady_clock::now() + seconds(number_of(step, "timeout", 30));
    const Json until = find(step, "until") != nullptr ? *find(step, "until") : object({});
    int left = static_cast<int>(number_of(until, "count", 1));
    std::vector<Json> items;
    AnyStream& stream = *streams_.at(text_of(step, "stream"));
    while (left > 0) {
      const auto item = stream.next(end - std::chrono::steady_clock::now(), flag_of(step, "events_only"));
      if (!item) return object({{"items", list(std::move(items))}, {"timed_out", yes_or_no(true)}});
      items.push_back(*item);
      const bool late_enough = number_of(*item, "sequence", 0) >= number_of(until, "sequence", 0);
      if (text_of(*item, "kind") == text_of(until, "kind") && late_enough) --left;
    }
    return object({{"items", list(std::move(items))}, {"timed_out", yes_or_no(false)}});
  }

  Json close_stream(const Json& step) {
    streams_.at(text_of(step, "stream"))->close();
    return object({});
  }

  Json open_session(const Json&) {
    session_.emplace(client_->session());
    return object({});
  }

  Json session_submit(const Json& step) {
    std::vector<Pending<Order>> waiting;
    for (const Json& order : find(step, "orders")->list_value().values()) {
      waiting.push_back(session_->submit(order_request(order)));
    }
    std::vector<Json> results;
    for (Pending<Order>& pending : waiting) results.push_back(result_of(pending));
    return object({{"results", list(std::move(results))}});
  }

  static Json result_of(Pending<Order>& pending) {
    if (pending.result.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      throw std::runtime_error("no result for " + pending.client_order_id);
    }
    try {
      return object({{"ok", describe(pending.get())}});
    } catch (const Error& error) {
      return object({{"error", describe(static_cast<const Failure&>(error))}});
    }
  }

  Json close_session(const Json&) {
    session_->close();
    return object({});
  }

  Json time_submits(const Json& step) {
    const OrderRequest request = order_request(step);
    std::vector<std::chrono::nanoseconds> taken(count_of(step));
    for (auto& time : taken) {
      const auto begun = std::chrono::steady_clock::now();
      client_->submit(request);
      time = std::chrono::steady_clock::now() - begun;
    }
    std::vector<Json> times;
    for (const auto time : taken) times.push_back(number(static_cast<double>(time.count())));
    return object({{"nanoseconds", list(std::move(times))}});
  }

  Json time_events(const Json& step) {
    auto* orders = dynamic_cast<StreamOf<OrderEvent, Order>*>(streams_.at(text_of(step, "stream")).get());
    if (orders == nullptr) throw std::runtime_error("not a stream of orders: " + text_of(step, "stream"));
    std::size_t left = count_of(step);
    auto events = orders->stream.events();
    auto event = events.begin();
    const auto begun = std::chrono::steady_clock::now();
    while (event != events.end() && --left > 0) ++event;
    const std::chrono::nanoseconds taken = std::chrono::steady_clock::now() - begun;
    if (left > 0) throw std::runtime_error("the stream ended before its last event");
    return object({{"nanoseconds", number(static_cast<double>(taken.count()))}});
  }

  static std::size_t count_of(const Json& step) {
    const double count = number_of(step, "count", 0);
    if (count < 1) throw std::runtime_error("nothing to time: no count");
    return static_cast<std::size_t>(count);
  }

  const std::map<std::string, Step> steps_ = {
      {"connect", &Driver::connect},
      {"submit", &Driver::submit},
      {"wait", &Driver::wait},
      {"get_order", &Driver::get_order},
      {"replace", &Driver::replace},
      {"cancel", &Driver::cancel},
      {"list_orders", &Driver::list_orders},
      {"list_positions", &Driver::list_positions},
      {"open_stream", &Driver::open_stream},
      {"read_stream", &Driver::read_stream},
      {"close_stream", &Driver::close_stream},
      {"open_session", &Driver::open_session},
      {"session_submit", &Driver::session_submit},
      {"close_session", &Driver::close_session},
      {"time_submits", &Driver::time_submits},
      {"time_events", &Driver::time_events},
  };
  std::optional<Client> client_;
  std::optional<OrderSession> session_;
  std::map<std::string, std::shared_ptr<Store>> stores_;
  std::map<std::string, std::unique_ptr<AnyStream>> streams_;
};

}  // namespace

int main() {
  Driver driver;
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      answer = object({{"ok", driver.carry_out(parse(line))}});
    } catch (const Error& error) {
      answer = object({{"error", describe(static_cast<const Failure&>(error))}});
    }  // anything else is a fault of the driver's own, and ends it loudly
    std::cout << dump(answer) << std::endl;
  }
}
