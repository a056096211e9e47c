//! Connections that can be broken.

use std::sync::Arc;

use futures::stream::{Stream, StreamExt as _};
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;

/// How much may be on its way.
const BUFFER: usize = 1 << 20;

/// Breaks all connections made so far, as if the line were cut.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cutter {
    cuts: Arc<watch::Sender<u64>>,
}

impl Cutter {
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

/// The connections that come, each with a piece of cable in between.
pub(crate) fn connections(
    listener: TcpListener,
    cutter: Cutter,
) -> impl Stream<Item = std::io::Result<DuplexStream>> {
    TcpListenerStream::new(listener).map(move |accepted| {
        let mut outside = accepted?;
        outside.set_nodelay(true)?;
        let (inside, mut end) = tokio::io::duplex(BUFFER);
        let mut cuts = cutter.cuts.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                // How it ends does not matter to the cable.
                _ = tokio::io::copy_bidirectional(&mut outside, &mut end) => {}
                _ = cuts.changed() => {
                    // A reset, as from a machine that is gone, and not an orderly end.
                    let _ = outside.set_zero_linger();
                }
            }
        });
        Ok(inside)
    })
}
