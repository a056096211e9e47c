//! Makes Rust of the protocol.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=protos");
    let protos = ["streams.proto", "gossip.proto", "serverfeatures.proto"];
    let compiled = protox::compile(protos, ["protos"])?;
    tonic_prost_build::configure()
        .build_client(false)
        .bytes(".")
        .include_file("protocol.rs")
        .compile_fds(compiled)?;
    Ok(())
}
