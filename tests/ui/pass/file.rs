//! A protocol of a file, with the types that it declares.

use crate::pass::stage::{Stage, run};
use request_response::client::SendResponseOrDecline;
use request_response::{Client, Server};

aura_macros::aura_protocol!("protocols/request_response/request_response.aura");

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<Client>(), here.join::<Server>());
        let client = async {
            let request = SendRequest {
                id: [1; 16],
                body: vec![2],
            };
            let waiting = a.start().unwrap().send_request(request).await.unwrap();
            let SendResponseOrDecline::Decline(no, end) = waiting.receive().await.unwrap() else {
                panic!("the server declines")
            };
            drop(end);
            no
        };
        let server = async {
            let (request, turn) = b.start().unwrap().send_request().await.unwrap();
            let no = Decline {
                id: request.id,
                reason: "busy".to_owned(),
            };
            drop(turn.decline(no).await.unwrap());
        };
        let (no, ()) = futures::join!(client, server);
        assert_eq!((no.id, &*no.reason), ([1; 16], "busy"));
        let facts = here.ledgers[1].facts();
        assert_eq!(&*facts[0].name, "request_declined");
    });
}
