#include "controls.h"

#include "reading.h"

namespace brokerwire::detail {
namespace {

Opened read_opened(const v1::StreamOpened& m) {
  return {m.stream_id(),
          m.journal_epoch(),
          m.mode(),
          read_duration(m.heartbeat_interval()),
          {m.accounts().begin(), m.accounts().end()},
          {m.unreachable().begin(), m.unreachable().end()}};
}

SourceGap read_gap(const v1::SourceGap& m) {
  SourceGap gap{m.account_id(), m.phase(), {}, {}, m.recovered_event_count(), m.detail()};
  if (m.has_from_time()) gap.from = read_time(m.from_time());
  if (m.has_to_time()) gap.to = read_time(m.to_time());
  return gap;
}

}  // namespace

std::optional<Control> read_control(const v1::StreamControl& m) {
  switch (m.control_case()) {
    case v1::StreamControl::kOpened:
      return read_opened(m.opened());
    case v1::StreamControl::kSnapshotEnd:
      return SnapshotEnd{m.snapshot_end().item_count()};
    case v1::StreamControl::kHeartbeat:
      return Heartbeat{{m.heartbeat().accounts().begin(), m.heartbeat().accounts().end()}};
    case v1::StreamControl::kCaughtUp:
      return CaughtUp{};
    case v1::StreamControl::kFellBehind:
      return FellBehind{m.fell_behind().pending_count()};
    case v1::StreamControl::kSourceGap:
      return read_gap(m.source_gap());
    case v1::StreamControl::kReset:
      return Reset{m.reset().cause()};
    case v1::StreamControl::kSlowWarning:
      return SlowWarning{m.slow_warning().queued_count(), m.slow_warning().limit_count()};
    case v1::StreamControl::kGoodbye:
      return Goodbye{m.goodbye().reason(), read_duration(m.goodbye().reconnect_after())};
    case v1::StreamControl::CONTROL_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace brokerwire::detail
