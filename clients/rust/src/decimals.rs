//! Exact decimals, by the grammar of the contract.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::Sign;

use crate::errors::{Error, invalid};
use crate::{reason, v1};

/// An exact decimal of any size: sums and products round nothing.
///
/// The contract allows 38 digits, which the 96 bits of `rust_decimal` do not hold.
pub type Decimal = BigDecimal;

const MAX_DIGITS: usize = 38;
const MAX_PLACES: usize = 18;

/// Reads a decimal of the contract: plain digits, at most 38, at most 18 of them after the point. It refuses exponents, a
/// leading plus, spaces, NaN and infinity, and rounds nothing.
pub fn parse_decimal(text: &str) -> Result<Decimal, Error> {
    parse(text, "value")
}

pub(crate) fn parse(text: &str, field: &str) -> Result<Decimal, Error> {
    read(text).map_err(|flaw| flaw.error(field))
}

/// What is wrong with a number.
#[derive(Clone, Debug, PartialEq)]
enum Flaw {
    NoDecimal(String),
    OutOfRange,
}

impl Flaw {
    fn error(&self, field: &str) -> Error {
        match self {
            Flaw::NoDecimal(text) => {
                let problem = format!("is not a decimal number: {text:?}");
                invalid(field, &problem, reason::DECIMAL_INVALID)
            }
            Flaw::OutOfRange => {
                let problem = "has more than 38 digits, or more than 18 places";
                invalid(field, problem, reason::DECIMAL_OUT_OF_RANGE)
            }
        }
    }
}

/// Checks the text before it builds a number: "1E+3000000" would take minutes.
fn read(text: &str) -> Result<Decimal, Flaw> {
    let no_decimal = || Flaw::NoDecimal(text.chars().take(50).collect());
    let (whole, places) = digits(text).ok_or_else(no_decimal)?;
    if whole + places > MAX_DIGITS || places > MAX_PLACES {
        return Err(Flaw::OutOfRange);
    }
    BigDecimal::from_str(text).map_err(|_| no_decimal())
}

/// Counts the digits before and after the point, if the text is `-?(0|[1-9][0-9]*)(\.[0-9]+)?`.
fn digits(text: &str) -> Option<(usize, usize)> {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = match unsigned.split_once('.') {
        Some((whole, places)) if number(places) => (whole, places),
        Some(_) => return None,
        None => (unsigned, ""),
    };
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    (number(whole) && !leading_zero).then_some((whole.len(), places.len()))
}

/// Writes a number plainly. Its digits would not fit in memory, perhaps, so its size is looked at first.
fn write(value: &Decimal) -> Result<String, Flaw> {
    let (unscaled, scale) = value.as_bigint_and_scale();
    let longest = MAX_DIGITS as i64;
    if unscaled.bits() > 256 || !(-longest..=longest).contains(&scale) {
        return Err(Flaw::OutOfRange);
    }
    if unscaled.sign() == Sign::NoSign && scale < 0 {
        return Ok("0".to_owned());
    }
    let text = value.to_plain_string();
    read(&text).map(|_| text)
}

/// A decimal for a request: a [`Decimal`], an integer, or text. A float does not compile:
///
/// ```compile_fail
/// brokerwire::OrderRequest::buy("AAPL", 1.5);
/// ```
///
/// Text that is no decimal is told when the request is used, as an error that names the field.
#[derive(Clone, Debug)]
pub struct Number(Result<Decimal, Flaw>);

impl Number {
    pub(crate) fn wire(&self, field: &str) -> Result<v1::Decimal, Error> {
        let text = self.0.as_ref().map_err(Clone::clone).and_then(write);
        let value = text.map_err(|flaw| flaw.error(field))?;
        Ok(v1::Decimal { value })
    }
}

/// Writes an optional number; what is absent stays absent.
pub(crate) fn wire(value: Option<&Number>, field: &str) -> Result<Option<v1::Decimal>, Error> {
    value.map(|number| number.wire(field)).transpose()
}

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        Self(Ok(value))
    }
}

impl From<&Decimal> for Number {
    fn from(value: &Decimal) -> Self {
        Self(Ok(value.clone()))
    }
}

impl From<&str> for Number {
    fn from(text: &str) -> Self {
        Self(read(text))
    }
}

impl From<String> for Number {
    fn from(text: String) -> Self {
        Self(read(&text))
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {
        $(impl From<$integer> for Number {
            fn from(value: $integer) -> Self {
                Self(Ok(Decimal::from(value)))
            }
        })*
    };
}

from_integers!(i32, i64, i128, u32, u64, u128);

/// An amount in one currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// ISO 4217, or the code of a crypto asset.
    pub currency: String,
}

impl Money {
    pub(crate) fn read(money: Option<v1::Money>, field: &str) -> Result<Option<Self>, Error> {
        let Some(money) = money else { return Ok(None) };
        let amount = required(money.amount, field)?;
        let currency = money.currency_code;
        Ok(Some(Self { amount, currency }))
    }
}

/// Reads a decimal of an answer that may be absent.
pub(crate) fn optional(value: Option<v1::Decimal>, field: &str) -> Result<Option<Decimal>, Error> {
    let Some(value) = value else { return Ok(None) };
    let number = parse(&value.value, field);
    let complaint = |e: Error| Error::unreadable(format!("the gateway sent what is no decimal: {e}"));
    number.map(Some).map_err(complaint)
}

/// Reads a decimal of an answer that the contract always sets.
pub(crate) fn required(value: Option<v1::Decimal>, field: &str) -> Result<Decimal, Error> {
    optional(value, field)?.ok_or_else(|| left_out(field))
}

pub(crate) fn left_out(field: &str) -> Error {
    Error::unreadable(format!("the gateway left {field} out, which the contract always sets"))
}
