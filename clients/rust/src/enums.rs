//! The enums of the contract, open for values that a newer gateway invents.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// An enum of the contract.
pub trait ContractEnum: Copy + Into<i32> + TryFrom<i32> {
    /// The value's name in the contract: `ORDER_STATE_FILLED`.
    fn contract_name(self) -> &'static str;
}

macro_rules! name {
    ($($name:ident),*) => {
        $(impl crate::enums::ContractEnum for crate::v1::$name {
            fn contract_name(self) -> &'static str {
                self.as_str_name()
            }
        })*
    };
}
pub(crate) use name;

/// A value of an enum, which may be newer than this crate: it keeps its number.
///
/// Compare it with what you know (`order.state == OrderState::Filled`), or match [`Open::known`]. As text it is the short
/// name, `partially_filled`, or `unknown(77)`.
pub struct Open<E> {
    number: i32,
    of: PhantomData<E>,
}

impl<E: ContractEnum> Open<E> {
    /// The value with this number, known or not.
    pub fn new(number: i32) -> Self {
        Self {
            number,
            of: PhantomData,
        }
    }

    /// The number on the wire.
    pub fn number(self) -> i32 {
        self.number
    }

    /// The value, unless it is newer than this crate.
    pub fn known(self) -> Option<E> {
        E::try_from(self.number).ok()
    }
}

impl<E: ContractEnum> From<E> for Open<E> {
    fn from(value: E) -> Self {
        Self::new(value.into())
    }
}

impl<E> Clone for Open<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Open<E> {}

impl<E> PartialEq for Open<E> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<E> Eq for Open<E> {}

impl<E: ContractEnum> PartialEq<E> for Open<E> {
    fn eq(&self, other: &E) -> bool {
        self.number == (*other).into()
    }
}

impl<E> Hash for Open<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl<E: ContractEnum> fmt::Display for Open<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(value) = self.known() else {
            return write!(f, "unknown({})", self.number);
        };
        let name = value.contract_name();
        let zero = E::try_from(0).map_or("", E::contract_name);
        let prefix = zero.strip_suffix("UNSPECIFIED").unwrap_or("");
        let short = name.strip_prefix(prefix).unwrap_or(name);
        f.write_str(&short.to_ascii_lowercase())
    }
}

impl<E: ContractEnum> fmt::Debug for Open<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
