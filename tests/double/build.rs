//! Makes the server's side of the gRPC interface from the `.proto` files, without `protoc`.

use std::{error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=../../store/proto");
    let files = ["streams", "gossip", "features"].map(|name| format!("../../store/proto/{name}.proto"));
    let descriptors = protox::compile(files, [Path::new("../../store/proto")])?;
    tonic_build::configure().build_client(false).include_file("interface.rs").compile_fds(descriptors)?;
    Ok(())
}
