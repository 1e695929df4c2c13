//! Two protocols in one block share their types, and each has a module.

use crate::pass::stage::{Stage, run};

aura_macros::aura_choreography! {
    #[namespace = "several"]
    message Note { text: String }
    protocol First { roles: A, B; A[guard_capability = "go"] -> B: Note; }
    #[namespace = "several.second"]
    protocol Second { roles: A, B; A[guard_capability = "go"] -> B: Note; }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let mut other = Stage::open().await;
        let (mut a, mut b) = (here.join::<first::A>(), here.join::<first::B>());
        let note = Note {
            text: "x".to_owned(),
        };
        drop(a.start().unwrap().note(note.clone()).await.unwrap());
        let (first, _) = b.start().unwrap().note().await.unwrap();
        let (mut a, mut b) = (other.join::<second::A>(), other.join::<second::B>());
        drop(a.start().unwrap().note(first).await.unwrap());
        let (second, _) = b.start().unwrap().note().await.unwrap();
        assert_eq!(second, note);
        assert_ne!(first::PROTOCOL.hash, second::PROTOCOL.hash);
    });
}
