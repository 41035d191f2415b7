//! What is recorded of a thing, by hashes: what receipts are made of.

use access::receipt::{Proof, Receipt};
use futures::StreamExt;
use schema::{EventId, ThingId};
use store::StoreError;

use super::App;

impl App {
    /// The receipt for `acts` of `thing`, as the log has them; `None` when one of them is not there.
    ///
    /// # Errors
    ///
    /// When the log can't be read.
    pub async fn attest(&self, thing: ThingId, acts: &[EventId]) -> Result<Option<Receipt>, StoreError> {
        let mut stream = self.store.read(thing);
        let (mut proofs, mut head) = (Vec::with_capacity(acts.len()), None);
        while let Some(event) = stream.next().await {
            let event = event?;
            let proof = Proof { id: event.id, revision: event.revision, leaf: event.leaf() };
            if acts.contains(&event.id) {
                proofs.push(proof.clone());
            }
            head = Some(proof);
        }
        let are_there = proofs.len() == acts.len();
        let iat = self.now().timestamp();
        Ok(head.filter(|_| are_there).map(|head| Receipt { iat, thing, acts: proofs, head }))
    }
}
