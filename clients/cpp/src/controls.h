#pragma once

#include <optional>
#include <variant>

#include "brokerwire/items.h"

namespace brokerwire::detail {

using Control =
    std::variant<Opened, SnapshotEnd, Heartbeat, CaughtUp, FellBehind, SourceGap, Reset, SlowWarning, Goodbye>;

/// Reads a control message; nothing for one of a kind that this library does not know.
std::optional<Control> read_control(const v1::StreamControl& message);

}  // namespace brokerwire::detail
