#include "brokerwire/decimal.h"

#include <cstdlib>
#include <limits>

#include "failures.h"

namespace brokerwire {
namespace {

constexpr std::size_t max_digits = 38;
constexpr std::size_t max_places = 18;
constexpr std::size_t shown = 50;

/// The parts of a decimal's text.
struct Parts {
  bool negative;
  std::string_view whole;
  std::string_view places;
};

Parts split(std::string_view text) {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const std::size_t point = text.find('.');
  const bool pointed = point != std::string_view::npos;
  return {negative, text.substr(0, point), pointed ? text.substr(point + 1) : std::string_view()};
}

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

bool is_decimal(std::string_view text) {
  const auto [negative, whole, places] = split(text);
  const bool pointed = text.find('.') != std::string_view::npos;
  return !whole.empty() && all_digits(whole) && (whole.size() == 1 || whole[0] != '0') && all_digits(places) &&
         pointed == !places.empty();
}

[[noreturn]] void out_of_range(const std::string& problem) {
  detail::invalid("value", problem, v1::ERROR_REASON_DECIMAL_OUT_OF_RANGE).raise();
}

/// The size of two numbers, compared.
std::weak_ordering compare_size(const Parts& a, const Parts& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() <=> b.whole.size();
  if (a.whole != b.whole) return a.whole <=> b.whole;
  const auto trimmed = [](std::string_view places) { return places.substr(0, places.find_last_not_of('0') + 1); };
  return trimmed(a.places) <=> trimmed(b.places);
}

}  // namespace

Decimal::Decimal(std::string_view text) : text_(text) {
  if (!is_decimal(text)) {
    const std::string quoted(text.substr(0, shown));
    detail::invalid("value", "is not a decimal number: '" + quoted + "'", v1::ERROR_REASON_DECIMAL_INVALID).raise();
  }
  const auto [negative, whole, places] = split(text_);
  if (whole.size() + places.size() > max_digits || places.size() > max_places) {
    out_of_range("has more than 38 digits, or more than 18 places");
  }
}

Decimal Decimal::from_scaled(std::int64_t unscaled, int places) {
  if (places < 0 || places > static_cast<int>(max_places)) out_of_range("can have 0 to 18 places");
  std::string digits = std::to_string(unscaled);
  const std::string sign = unscaled < 0 ? "-" : "";
  digits.erase(0, sign.size());
  const auto scale = static_cast<std::size_t>(places);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  return Decimal(sign + digits);
}

std::int64_t Decimal::scaled(int places) const {
  const Parts parts = split(text_);
  std::string fraction(parts.places.substr(0, parts.places.find_last_not_of('0') + 1));
  if (places < 0 || fraction.size() > static_cast<std::size_t>(places)) {
    out_of_range("has more than " + std::to_string(places) + " places: " + text_);
  }
  fraction.resize(static_cast<std::size_t>(places), '0');
  const std::int64_t limit = std::numeric_limits<std::int64_t>::min();
  std::int64_t units = 0;  // negative, for the range of those is the wider one
  for (const char digit : std::string(parts.whole) + fraction) {
    const std::int64_t value = digit - '0';
    if (units < (limit + value) / 10) out_of_range("does not fit into 64 bits at this scale: " + text_);
    units = units * 10 - value;
  }
  if (!parts.negative && units == limit) out_of_range("does not fit into 64 bits at this scale: " + text_);
  return parts.negative ? units : -units;
}

double Decimal::approximate() const { return std::strtod(text_.c_str(), nullptr); }

std::weak_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.is_negative() != b.is_negative()) {
    return a.is_negative() ? std::weak_ordering::less : std::weak_ordering::greater;
  }
  const std::weak_ordering size = compare_size(split(a.text_), split(b.text_));
  return a.is_negative() ? 0 <=> size : size;
}

}  // namespace brokerwire
