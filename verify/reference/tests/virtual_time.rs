//! The rules can be driven in virtual time: they say when to come back.

use fencepost_reference::rules::{Client, Outcome, Reason, Settings};

fn ready(settings: Settings) -> Client {
    let mut client = Client::new(settings, vec![vec![0, 1]]);
    assert_eq!(client.drain(0), Ok(Vec::new()));
    assert_eq!(client.take_identity_request(), Some(0));
    assert_eq!(client.set_identity(7, 0), Ok(()));
    client
}

#[test]
fn they_wake_at_the_end_of_a_backoff_and_at_the_deadline() {
    let settings =
        Settings { delivery_timeout_ms: 1500, retry_backoff_ms: 100, ..Settings::default() };
    let mut client = ready(settings);
    assert_eq!(client.poll_timeout(0), None);
    let handle = client.append(1, 2, 10);
    assert_eq!(client.drain(10).map(|sends| sends.len()), Ok(1));
    assert_eq!(client.poll_timeout(10), Some(1510));
    assert_eq!(client.disconnect(1, handle, 200), Ok(()));
    assert_eq!(client.poll_timeout(200), Some(300));
    assert_eq!(client.drain(299), Ok(Vec::new()));
    let sends = client.drain(300).expect("it is ready");
    assert_eq!((sends[0].handle, sends[0].base_sequence), (handle, 0));
    assert_eq!(client.poll_timeout(300), Some(1510));
    client.expire(1509);
    assert_eq!(client.outcomes(), []);
    client.expire(1510);
    assert_eq!(client.outcomes(), [(handle, Outcome::Failed(Reason::Code(7)))]);
    assert_eq!(client.poll_timeout(1510), None);
}
