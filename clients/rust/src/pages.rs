use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use futures_util::future::BoxFuture;

use crate::errors::Error;

/// A list that reads its pages as they are needed; a [`Stream`]. An error is its last.
#[must_use]
pub struct Pages<T> {
    fetch: Box<dyn Fn(String) -> Coming<T> + Send>,
    coming: Option<Coming<T>>,
    items: VecDeque<Result<T, Error>>,
    /// The page after this one, if there is one.
    next: Option<String>,
    unreachable: Vec<String>,
}

type Coming<T> = BoxFuture<'static, Result<Page<T>, Error>>;

pub(crate) struct Page<T> {
    items: VecDeque<Result<T, Error>>,
    next: String,
    unreachable: Vec<String>,
}

impl<T> Page<T> {
    pub fn of(items: impl Iterator<Item = Result<T, Error>>, next: String, unreachable: Vec<String>) -> Self {
        Self {
            items: items.collect(),
            next,
            unreachable,
        }
    }
}

impl<T> Pages<T> {
    pub(crate) fn new(fetch: impl Fn(String) -> Coming<T> + Send + 'static) -> Self {
        Self {
            fetch: Box::new(fetch),
            coming: None,
            items: VecDeque::new(),
            next: Some(String::new()),
            unreachable: Vec::new(),
        }
    }

    /// The next one; nothing at the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// All that are left.
    pub async fn all(&mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }

    /// The accounts that could not be read, as far as the list has been read: what they have is missing.
    pub fn unreachable(&self) -> &[String] {
        &self.unreachable
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                if item.is_err() {
                    self.end();
                }
                return Poll::Ready(Some(item));
            }
            if self.coming.is_none() {
                let Some(token) = self.next.take() else {
                    return Poll::Ready(None);
                };
                self.coming = Some((self.fetch)(token));
            }
            let Some(coming) = &mut self.coming else { continue };
            let page = ready!(coming.as_mut().poll(cx));
            self.coming = None;
            match page {
                Ok(page) => self.take(page),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    fn take(&mut self, page: Page<T>) {
        self.items = page.items;
        self.next = (!page.next.is_empty()).then_some(page.next);
        for account in page.unreachable {
            if !self.unreachable.contains(&account) {
                self.unreachable.push(account);
            }
        }
    }

    fn end(&mut self) {
        self.items.clear();
        self.next = None;
    }
}

impl<T: Unpin> Stream for Pages<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}
