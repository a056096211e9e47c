//! The tree, its proofs and its checkpoints: against published vectors, against a tree worked out
//! the slow way, and against logs that were changed.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use cauri_domain::{LedgerId, Revision};
use cauri_ledger::store::memory::MemoryStore;
use cauri_ledger::store::{EventStore, Head, RawEvent};
use cauri_ledger::transparency::levels::Levels;
use cauri_ledger::transparency::merkle::{self, Nodes};
use cauri_ledger::transparency::note::{NoteError, NoteKey, NoteSigner};
use cauri_ledger::transparency::{Checkpoint, Follower, Signer, TransparencyError, Tree};
use cauri_ledger::{Hash, chain};
use proptest::prelude::*;

/// The leaves of the reference tests of certificate-transparency, and the root after each.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn levels(folder: &Path, leaves: &[Hash]) -> Levels {
    let mut levels = Levels::open(folder, 0, true).unwrap();
    for leaf in leaves {
        levels.push(*leaf).unwrap();
    }
    levels
}

#[test]
fn the_published_roots_come_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut levels = Levels::open(folder.path(), 0, true).unwrap();
    assert_eq!(merkle::root(&levels, 0).unwrap(), chain::digest(b""));
    for (leaf, root) in LEAVES.iter().zip(ROOTS) {
        levels.push(merkle::leaf(&hex::decode(leaf).unwrap())).unwrap();
        assert_eq!(merkle::root(&levels, levels.size()).unwrap().to_string(), root);
    }
}

#[test]
fn the_published_proofs_come_out() {
    let folder = tempfile::tempdir().unwrap();
    let leaves = LEAVES.map(|leaf| merkle::leaf(&hex::decode(leaf).unwrap()));
    let levels = levels(folder.path(), &leaves);
    let texts = |hashes: Vec<Hash>| hashes.iter().map(ToString::to_string).collect::<Vec<_>>();
    // Of the same reference tests: leaf 0 of 8, and 6 leaves as the beginning of 8.
    assert_eq!(
        texts(merkle::inclusion(&levels, 0, 8).unwrap()),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    assert_eq!(
        texts(merkle::consistency(&levels, 6, 8).unwrap()),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
}

/// The definition, word for word.
fn slow_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => merkle::empty(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            merkle::node(slow_root(&leaves[..split]), slow_root(&leaves[split..]))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the size, and wherever the files were closed and opened again.
    #[test]
    fn proofs_hold_and_no_other(
        count in 1_u64..1500, cut in 0_u64..1500, from in 1_u64..1500, index in 0_u64..1500,
        wrong in any::<(usize, u8)>(),
    ) {
        let (cut, from, index) = (cut % (count + 1), from % count + 1, index % count);
        let folder = tempfile::tempdir().unwrap();
        let leaves: Vec<_> = (0..count).map(|n| merkle::leaf(&n.to_be_bytes())).collect();
        let mut tree = levels(folder.path(), &leaves[..cut as usize]);
        tree.sync().unwrap();
        let mut tree = Levels::open(folder.path(), cut, true).unwrap();
        let mut reader = Levels::open(folder.path(), cut, false).unwrap();
        for leaf in &leaves[cut as usize..] {
            tree.push(*leaf).unwrap();
            reader.push(*leaf).unwrap();
        }
        tree.flush().unwrap();

        let root = merkle::root(&tree, count).unwrap();
        prop_assert_eq!(root, slow_root(&leaves));
        prop_assert_eq!(root, merkle::root(&reader, count).unwrap());
        let old = slow_root(&leaves[..from as usize]);

        let mut proof = merkle::inclusion(&tree, index, count).unwrap();
        let leaf = leaves[index as usize];
        prop_assert_eq!(&proof, &merkle::inclusion(&reader, index, count).unwrap());
        prop_assert!(merkle::includes(leaf, index, count, &proof, root));
        prop_assert!(!merkle::includes(leaf, index + 1, count, &proof, root));
        prop_assert!(count == 1 || !merkle::includes(leaf, index, count, &proof[1..], root));
        if !proof.is_empty() {
            let at = wrong.0 % proof.len();
            proof[at].0[usize::from(wrong.1 % 32)] ^= 1 << (wrong.1 % 8);
            prop_assert!(!merkle::includes(leaf, index, count, &proof, root));
        }

        let mut proof = merkle::consistency(&tree, from, count).unwrap();
        prop_assert!(merkle::extends(from, old, count, root, &proof));
        prop_assert!(!merkle::extends(from, root, count, old, &proof) || root == old);
        if !proof.is_empty() {
            prop_assert!(!merkle::extends(from, old, count, root, &proof[1..]));
            let at = wrong.0 % proof.len();
            proof[at].0[usize::from(wrong.1 % 32)] ^= 1 << (wrong.1 % 8);
            prop_assert!(!merkle::extends(from, old, count, root, &proof));
        }
    }
}

#[test]
fn a_tree_of_several_files_is_that_of_the_definition() {
    let folder = tempfile::tempdir().unwrap();
    let leaves: Vec<_> = (0..66_000_u64).map(|n| merkle::leaf(&n.to_be_bytes())).collect();
    let mut tree = levels(folder.path(), &leaves);
    tree.flush().unwrap();
    let root = slow_root(&leaves);
    assert_eq!(merkle::root(&tree, 66_000).unwrap(), root);
    assert_eq!(tree.full(16, 0).unwrap(), slow_root(&leaves[..65_536]));
    for index in [0, 255, 256, 65_535, 65_536, 65_999] {
        let proof = merkle::inclusion(&tree, index, 66_000).unwrap();
        assert!(merkle::includes(leaves[index as usize], index, 66_000, &proof, root));
    }
}

/// The key and the note of the documentation of golang.org/x/mod/sumdb/note.
const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const ADVICE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn the_published_note_opens_and_no_other() {
    let key: NoteKey = NEUMANN.parse().unwrap();
    assert_eq!(key.to_string(), NEUMANN);
    assert!(key.open(ADVICE).unwrap().ends_with("your problem is.\n"));
    for at in 0..ADVICE.len() {
        let mut changed = ADVICE.as_bytes().to_vec();
        changed[at] ^= 1;
        if let Ok(changed) = String::from_utf8(changed) {
            key.open(&changed).expect_err("a byte is another");
        }
    }
    assert_eq!("a b+00000000+AA==".parse::<NoteKey>(), Err(NoteError::Name("a b".to_owned())));
    let renamed = NEUMANN.replace("Peter", "Petra");
    assert_eq!(renamed.parse::<NoteKey>(), Err(NoteError::Key));
}

#[test]
fn what_is_signed_opens_and_says_what_was_signed() {
    let signer = NoteSigner::new("cauri.test/main", &[7; 32]).unwrap();
    let root = merkle::leaf(b"x");
    let checkpoint = Checkpoint { origin: "cauri.test/main".to_owned(), size: 1, root };
    let note = signer.sign(&checkpoint.text());
    let text = signer.public().open(&note).unwrap();
    assert_eq!(Checkpoint::from_text(text).unwrap(), checkpoint);
    for (at, bad) in [(1, "01"), (1, "-1"), (1, ""), (2, "AAAA"), (0, "")] {
        let mut lines: Vec<_> = text.lines().collect();
        lines[at] = bad;
        Checkpoint::from_text(&lines.join("\n")).expect_err(bad);
    }
}

/// A log of so many events; those from `changed` on have another body.
async fn log(count: u64, changed: u64) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::default());
    append(&store, 0, count, changed).await;
    store
}

async fn append(store: &MemoryStore, from: u64, to: u64, changed: u64) {
    let ledger = LedgerId::main();
    let mut previous = match from.checked_sub(1) {
        None => Hash::ZERO,
        Some(last) => {
            use futures::StreamExt as _;
            store.read(&ledger, Revision(last)).next().await.unwrap().unwrap()[0].hash
        }
    };
    let mut batch = Vec::new();
    for revision in from..to {
        let body = Bytes::from(format!("{{\"r\":{revision},\"x\":{}}}", revision >= changed));
        previous = chain::link(previous, &body);
        batch.push(RawEvent { revision: Revision(revision), hash: previous, body });
    }
    store.append(&ledger, Head::before(Revision(from)), &batch).await.unwrap();
}

async fn opened(store: &MemoryStore, folder: &Path) -> Tree {
    let mut tree = Tree::open(store, LedgerId::main(), folder).await.unwrap();
    tree.catch_up(store).await.unwrap();
    tree
}

fn signer() -> Signer {
    Signer::new("cauri.test/main", &[7; 32]).unwrap()
}

#[tokio::test]
async fn a_tree_goes_on_from_its_files_and_from_nothing_when_they_are_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let store = log(600, u64::MAX).await;
    let mut tree = opened(&store, folder.path()).await;
    let root = tree.root(600).unwrap();
    tree.settle().unwrap();
    drop(tree);
    let tree = Tree::open(&*store, LedgerId::main(), folder.path()).await.unwrap();
    assert_eq!(tree.size(), 600, "nothing is read again");
    // Another process while the first has it: reads only, and sees what came since.
    append(&store, 600, 700, u64::MAX).await;
    let beside = opened(&store, folder.path()).await;
    assert_eq!((beside.size(), beside.root(600).unwrap()), (700, root));
    drop((tree, beside));

    let path = folder.path().join("1.hashes");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[33] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let tree = Tree::open(&*store, LedgerId::main(), folder.path()).await.unwrap();
    assert_eq!(tree.size(), 0, "damaged files are made again");
    drop(tree);
    let tree = opened(&store, folder.path()).await;
    assert_eq!(tree.root(600).unwrap(), root);
}

#[tokio::test]
async fn no_proof_is_given_from_a_damaged_leaf() {
    let folder = tempfile::tempdir().unwrap();
    let store = log(600, u64::MAX).await;
    let mut tree = opened(&store, folder.path()).await;
    tree.settle().unwrap();
    drop(tree);
    let path = folder.path().join("0.hashes");
    let mut bytes = std::fs::read(&path).unwrap();
    // Under a full subtree of 256, so that the root does not tell.
    bytes[100 * 32] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let tree = opened(&store, folder.path()).await;
    for revision in [100, 101] {
        let refused = tree.inclusion(Revision(revision), 600).unwrap_err();
        assert!(matches!(refused, TransparencyError::Damaged { .. }), "{refused}");
    }
    tree.inclusion(Revision(300), 600).unwrap();
    drop(tree);

    // A server that finds it makes the tree again, and then answers.
    let follower =
        Follower::open(store.clone(), LedgerId::main(), folder.path(), signer()).await.unwrap();
    let running = tokio::spawn({
        let follower = follower.clone();
        async move { follower.run().await }
    });
    follower.inclusion(Revision(100), None).await.unwrap_err();
    let (size, proof) = follower.inclusion(Revision(100), None).await.unwrap();
    let root = follower.checkpoint().await.unwrap().checkpoint.root;
    let body = Bytes::from_static(b"{\"r\":100,\"x\":false}");
    assert!(merkle::includes(merkle::leaf(&body), 100, size, &proof, root));
    running.abort();
}

#[tokio::test]
async fn only_extensions_of_what_was_signed_are_signed() {
    let folder = tempfile::tempdir().unwrap();
    let store = log(300, u64::MAX).await;
    let first = signer().sign(&mut opened(&store, folder.path()).await).unwrap();
    append(&store, 300, 500, u64::MAX).await;
    let mut tree = opened(&store, folder.path()).await;
    let second = signer().sign(&mut tree).unwrap();
    let proof = tree.consistency(300, 500).unwrap();
    let (old, new) = (&first.checkpoint, &second.checkpoint);
    assert!(merkle::extends(old.size, old.root, new.size, new.root, &proof));
    assert_eq!(signer().sign(&mut tree).unwrap(), second, "the same, and not signed again");
    drop(tree);

    for (changed, what) in [
        (log(499, u64::MAX).await, "a tail was cut"),
        (log(500, 499).await, "the last event is another"),
        (log(900, 0).await, "all of it is another"),
    ] {
        let refused = signer().sign(&mut opened(&changed, folder.path()).await).unwrap_err();
        assert!(matches!(refused, TransparencyError::Rewritten { signed: 500, .. }), "{what}");
    }
}

#[tokio::test]
async fn a_follower_answers_while_the_log_grows() {
    let folder = tempfile::tempdir().unwrap();
    let store = log(10, u64::MAX).await;
    let follower =
        Follower::open(store.clone(), LedgerId::main(), folder.path(), signer()).await.unwrap();
    let running = tokio::spawn({
        let follower = follower.clone();
        async move { follower.run().await }
    });
    let mut last: Option<Checkpoint> = None;
    for size in (20..200).step_by(7) {
        let from = last.as_ref().map_or(10, |last| last.size);
        append(&store, from, size, u64::MAX).await;
        let checkpoint = follower.checkpoint().await.unwrap().checkpoint;
        assert_eq!(checkpoint.size, size, "all that is durable is in it");
        if let Some(last) = last {
            let proof = follower.consistency(last.size, size).await.unwrap();
            assert!(merkle::extends(last.size, last.root, size, checkpoint.root, &proof));
        }
        last = Some(checkpoint);
    }
    let beyond = follower.receipt(&[Revision(10_000)]).await.unwrap_err();
    assert!(matches!(beyond, TransparencyError::NoProof { .. }));
    let receipt = follower.receipt(&[Revision(3), Revision(9)]).await.unwrap().to_json();
    assert!(receipt.contains("{\\\"r\\\":3,\\\"x\\\":false}"), "{receipt}");
    running.abort();
}
