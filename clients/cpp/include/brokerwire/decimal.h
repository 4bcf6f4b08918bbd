#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace brokerwire {

/// An exact decimal of the contract, kept as its text: plain digits, at most 38, at most 18 of them after the point.
///
/// It is made from text ("187.50") or a whole number, never from a float, which does not compile. Comparisons are
/// exact and by value, so 1.50 equals 1.5. To calculate, convert to whole units of a fixed scale and back:
///
///     std::int64_t cents = ask.scaled(2);                 // "187.42" is 18742
///     Decimal lower = Decimal::from_scaled(cents - 1, 2);  // "187.41"
class Decimal {
 public:
  Decimal() : text_("0") {}

  /// Reads a decimal. Refuses exponents, a leading plus, spaces, NaN and infinity, and rounds nothing.
  ///
  /// Throws InvalidRequest: DECIMAL_INVALID, or DECIMAL_OUT_OF_RANGE for more than 38 digits or 18 places.
  Decimal(std::string_view text);                                        // NOLINT: "1.50" may stand for a Decimal
  Decimal(const char* text) : Decimal(std::string_view(text)) {}         // NOLINT
  Decimal(const std::string& text) : Decimal(std::string_view(text)) {}  // NOLINT

  template <std::integral Whole>
  requires(!std::same_as<Whole, bool> && !std::same_as<Whole, char>) Decimal(Whole whole)
      : text_(std::to_string(whole)) {}  // NOLINT

  template <std::floating_point Float>
  Decimal(Float) = delete;  // 0.1 has no exact value as a float
  Decimal(std::nullptr_t) = delete;

  /// unscaled / 10^places. Throws InvalidRequest if places is not 0 to 18.
  static Decimal from_scaled(std::int64_t unscaled, int places);

  /// The whole number of units of 10^-places. Throws InvalidRequest / DECIMAL_OUT_OF_RANGE if that would round or does
  /// not fit; nothing is ever rounded silently.
  std::int64_t scaled(int places) const;

  /// The nearest double, for statistics and charts. Not exact: never feed it back into an order.
  double approximate() const;

  const std::string& text() const { return text_; }
  bool is_zero() const { return text_.find_first_of("123456789") == std::string::npos; }
  bool is_negative() const { return text_[0] == '-' && !is_zero(); }

  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }
  friend std::weak_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend std::ostream& operator<<(std::ostream& out, const Decimal& value) { return out << value.text_; }

 private:
  std::string text_;
};

/// An amount in one currency (ISO 4217, or the code of a crypto asset).
struct Money {
  Decimal amount{};
  std::string currency{};
};

namespace literals {
/// "187.50"_dec
inline Decimal operator""_dec(const char* text, std::size_t size) { return Decimal(std::string_view(text, size)); }
}  // namespace literals

}  // namespace brokerwire
