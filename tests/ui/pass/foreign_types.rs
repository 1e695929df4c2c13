//! Payload types of the crate itself.

use crate::pass::stage::{Stage, run};
use moving::foreign::{A, B};

mod moving {
    aura_macros::aura_choreography! {
        #[namespace = "foreign"]
        use crate::pass::foreign_types::Point;
        protocol Foreign {
            roles: A, B;
            A[guard_capability = "go"] -> B: Move(Point, Vec<Point>);
        }
    }
}

/// A type that the crate has anyway. It is as public as the generated code that carries it.
#[allow(unreachable_pub, reason = "nothing but this test sees it")]
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Point {
    x: i32,
    y: i32,
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let point = Point { x: 1, y: -1 };
        drop(
            a.start()
                .unwrap()
                .move_((point.clone(), vec![]))
                .await
                .unwrap(),
        );
        let ((moved, more), _end) = b.start().unwrap().move_().await.unwrap();
        assert_eq!((moved, more), (point, vec![]));
    });
}
