//! The double as a process of its own, for clients in other languages: `milepost-double [PORT]`. Prints its address.

use std::{env, error::Error, io::Read, time::Duration};

use milepost_double::{Double, Options};

/// How long a commit takes, as on a real server with a disk.
const COMMIT: Duration = Duration::from_millis(2);

fn main() -> Result<(), Box<dyn Error>> {
    let port = env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let double = Double::start_with(Options { port, ..Options::default() })?;
    double.faults().set_commit_wait(COMMIT);
    println!("{}", double.address());
    // It lives as long as whoever started it keeps its standard input open.
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
