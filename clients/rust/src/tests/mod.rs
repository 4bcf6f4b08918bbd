mod fake;

mod calls;
mod decimals;
mod errors;
mod machine;
mod requests;
mod session;
mod signing;
mod stream;
mod target;
