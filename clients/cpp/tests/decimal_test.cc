#include <limits>
#include <type_traits>

#include "support.h"

namespace brokerwire {
namespace {

using namespace literals;

TEST(Decimal, KeepsItsTextExactly) {
  const std::string longest(38, '9');
  for (const std::string& text :
       {std::string("0"), std::string("-0.5"), std::string("1.50"), longest,
        std::string("99999999999999999999.999999999999999999"), std::string("0.000000000000000001")}) {
    EXPECT_EQ(Decimal(text).text(), text);
  }
}

TEST(Decimal, RefusesWhatIsNone) {
  for (const std::string text :
       {"",    "-",  ".",     "1e5",  "1E+3000000", "+1",       "01",   "-01",   ".5",       "5.",
        "1\n", " 1", "1.2.3", "1.-2", "NaN",        "Infinity", "0x10", "1,000", "\xd9\xa1", "--1"}) {
    const Failure failure = failure_of([&] { Decimal{text}; });
    EXPECT_TRUE(failure.is(v1::ERROR_REASON_DECIMAL_INVALID)) << text;
    EXPECT_EQ(failure.kind, Kind::invalid_request);
    EXPECT_EQ(failure.sent, Sent::no);
  }
  EXPECT_THROW(Decimal(std::string("1\0", 2)), InvalidRequest);
}

TEST(Decimal, RefusesWhatIsBeyondTheLimits) {
  for (const std::string& text :
       {std::string(39, '9'), std::string("0.0000000000000000001"), "1" + std::string(30, '0') + ".000000001"}) {
    EXPECT_TRUE(failure_of([&] { Decimal{text}; }).is(v1::ERROR_REASON_DECIMAL_OUT_OF_RANGE)) << text;
  }
}

TEST(Decimal, IsMadeOfWholeNumbersAndNeverOfFloats) {
  EXPECT_EQ(Decimal(-7), "-7"_dec);
  EXPECT_EQ(Decimal(0).text(), "0");
  EXPECT_EQ(Decimal(std::numeric_limits<std::uint64_t>::max()).text(), "18446744073709551615");
  static_assert(!std::is_constructible_v<Decimal, double>);
  static_assert(!std::is_constructible_v<Decimal, float>);
  static_assert(!std::is_constructible_v<Decimal, bool>);
  static_assert(!std::is_constructible_v<Decimal, std::nullptr_t>);
  static_assert(!std::is_constructible_v<std::optional<Decimal>, double>);
}

TEST(Decimal, ComparesByValue) {
  EXPECT_EQ("1.50"_dec, "1.5"_dec);
  EXPECT_EQ("-0.00"_dec, "0"_dec);
  const Decimal ascending[] = {"-10", "-9.5", "-9.49", "-0.000000000000000001", "0", "0.1", "0.11", "9", "10", "10.01"};
  for (std::size_t i = 1; i < std::size(ascending); ++i) EXPECT_LT(ascending[i - 1], ascending[i]);
  EXPECT_TRUE("-0"_dec.is_zero());
  EXPECT_FALSE("-0"_dec.is_negative());
  EXPECT_TRUE("-0.1"_dec.is_negative());
}

TEST(Decimal, ConvertsToUnitsAndBackWithoutLoss) {
  EXPECT_EQ("187.42"_dec.scaled(2), 18742);
  EXPECT_EQ("187.4200"_dec.scaled(2), 18742);
  EXPECT_EQ("-0.05"_dec.scaled(4), -500);
  EXPECT_EQ("9223372036854775807"_dec.scaled(0), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ("-9223372036854775808"_dec.scaled(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Decimal::from_scaled(18741, 2).text(), "187.41");
  EXPECT_EQ(Decimal::from_scaled(-5, 3).text(), "-0.005");
  EXPECT_EQ(Decimal::from_scaled(7, 0).text(), "7");
  EXPECT_EQ(Decimal::from_scaled(std::numeric_limits<std::int64_t>::min(), 18).text(), "-9.223372036854775808");
}

TEST(Decimal, RefusesAConversionThatWouldRoundOrOverflow) {
  for (const auto& [text, places] :
       {std::pair{"187.425", 2}, {"9223372036854775808", 0}, {"-9223372036854775809", 0}, {"1", 19}, {"1", -1}}) {
    const Failure failure = failure_of([&] { Decimal(text).scaled(places); });
    EXPECT_TRUE(failure.is(v1::ERROR_REASON_DECIMAL_OUT_OF_RANGE)) << text;
  }
  EXPECT_THROW(Decimal::from_scaled(1, 19), InvalidRequest);
}

}  // namespace
}  // namespace brokerwire
