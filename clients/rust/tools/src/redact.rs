//! Descriptors as far as they say `debug_redact`, an option that prost-types does not know.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub struct Files {
    #[prost(message, repeated, tag = "1")]
    pub file: Vec<File>,
}

#[derive(Clone, PartialEq, Message)]
pub struct File {
    #[prost(string, tag = "2")]
    pub package: String,
    #[prost(message, repeated, tag = "4")]
    pub message: Vec<Type>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Type {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "2")]
    pub field: Vec<Field>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Field {
    #[prost(message, optional, tag = "8")]
    pub options: Option<Options>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Options {
    #[prost(bool, tag = "16")]
    pub debug_redact: bool,
}

impl Field {
    pub fn is_secret(&self) -> bool {
        self.options.as_ref().is_some_and(|options| options.debug_redact)
    }
}
