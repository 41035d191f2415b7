//! Makes the client's side of EventStoreDB's gRPC interface from the `.proto` files, without `protoc`.

use std::{error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = ["streams", "gossip", "features"].map(|name| format!("proto/{name}.proto"));
    let descriptors = protox::compile(files, [Path::new("proto")])?;
    let generator = tonic_build::configure().build_server(false).build_transport(false);
    generator.include_file("interface.rs").compile_fds(descriptors)?;
    Ok(())
}
