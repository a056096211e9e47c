//! A vault in memory: what a reference stands for stands in the reference.
//!
//! `vlt_momo-pays` is `momo-pays`; `vlt_gone` is gone; `vlt_` anything else too, once it was erased.
//! Nothing can be told while it is closed. All else is the provider's own.

use std::sync::{Arc, Mutex};

use cauri_domain::LedgerId;
use cauri_sagas::{Destinations, Resolved};
use futures::future::BoxFuture;

#[derive(Debug, Clone, Default)]
pub struct Vault {
    books: Arc<Mutex<Books>>,
}

#[derive(Debug, Default)]
struct Books {
    is_closed: bool,
    is_erased: bool,
    asked: usize,
}

impl Vault {
    pub fn set_closed(&self, is_closed: bool) {
        self.books.lock().unwrap().is_closed = is_closed;
    }

    pub fn erase(&self) {
        self.books.lock().unwrap().is_erased = true;
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.books.lock().unwrap().asked
    }
}

impl Destinations for Vault {
    fn resolve<'a>(&'a self, _: &'a LedgerId, reference: &'a str) -> BoxFuture<'a, Resolved> {
        let mut books = self.books.lock().unwrap();
        books.asked += 1;
        let resolved = match reference.strip_prefix("vlt_") {
            None => Resolved::AsIs,
            Some(_) if books.is_closed => Resolved::Unavailable,
            Some("gone") => Resolved::Gone,
            Some(_) if books.is_erased => Resolved::Gone,
            Some(plain) => Resolved::Found(plain.to_owned()),
        };
        Box::pin(std::future::ready(resolved))
    }
}
