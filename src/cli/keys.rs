//! `milepost keys`

use access::keys::{Rotated, SigningKey};
use clap::{Args, Subcommand};

use super::{Failure, output};
use crate::settings::Settings;

/// Replace the key that signs tokens, without a restart.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  milepost keys rotate --data /var/lib/milepost    makes the next key, which is accepted from now on
  milepost keys rotate --data /var/lib/milepost    has it sign; the one before is accepted for 30 days")]
pub(super) struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the next key; or, where there is one, have it sign from now on
    ///
    /// Called once it makes `signing-key.next.pem`, which a running service accepts within seconds: copy it to the other replicas.
    /// Called again it has that key sign, and keeps the one before as `signing-key.previous.pem`: its tokens stay good until they
    /// end. Where a key has leaked, remove that file then: all its tokens end at once.
    Rotate,
}

impl Keys {
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let Action::Rotate = self.action;
        let data = settings.data.display();
        output::say(&match SigningKey::rotate(&settings.data).map_err(|error| Failure::refused(&error))? {
            Rotated::Prepared(id) => format!(
                "{id} is made in {data} and accepted; copy signing-key.next.pem to the other replicas, then call this again to have it \
                 sign"
            ),
            Rotated::Replaced(id) => format!(
                "{id} signs in {data}; call this at the other replicas too. The key before it is accepted for 30 days, unless you remove \
                 signing-key.previous.pem"
            ),
        })
    }
}
