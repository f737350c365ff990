//! A modem that is asked once by a person.

use super::*;
use crate::modem::probe::{Answer, Fault, probe};

/// Lets time pass until the answer is there.
async fn asked(opener: &dyn Opener) -> Result<Answer, Fault> {
    let clock = Clock::by_hand(NOW);
    let answer = probe(opener, &clock);
    tokio::pin!(answer);
    for _ in 0..5_000 {
        tokio::select! {
            biased;
            answer = &mut answer => return answer,
            () = tokio::time::sleep(Duration::from_millis(1)) => clock.advance(Duration::from_millis(200)),
        }
    }
    panic!("no answer");
}

#[tokio::test(start_paused = true)]
async fn it_says_who_it_is_and_how() {
    let sim = simulated(5);
    sim.set_identity("HUAWEI", "E3372");
    let answer = asked(&sim).await.unwrap();
    assert!(answer.identity.starts_with("HUAWEI E3372"), "{answer:?}");
    assert!(matches!(answer.state, State::Ready { operator: Some(_), signal: Some(_), .. }), "{answer:?}");
    assert!(!answer.denied && !answer.lacks_centre);
    sim.set_registration(3);
    let answer = asked(&sim).await.unwrap();
    assert_eq!((answer.state, answer.denied), (State::NoNetwork, true));
    sim.set_registration(2);
    let answer = asked(&sim).await.unwrap();
    assert_eq!((answer.state, answer.denied), (State::NoNetwork, false), "it searches");
}

#[tokio::test(start_paused = true)]
async fn a_pin_is_never_tried_by_asking() {
    let sim = simulated(5);
    sim.set_pin("1234");
    assert_eq!(asked(&sim).await.unwrap().state, State::PinNeeded);
    assert_eq!(sim.pin_tries(), 0);
}

#[tokio::test(start_paused = true)]
async fn silence_and_a_closed_line_are_told_apart() {
    let sim = simulated(5);
    sim.set_hung(true);
    assert!(matches!(asked(&sim).await, Err(Fault::Silent(why)) if why.contains("AT")));
    sim.unplug();
    assert!(matches!(asked(&sim).await, Err(Fault::Closed(_))));
}

#[tokio::test(start_paused = true)]
async fn a_service_centre_that_is_not_set_is_found() {
    let (far, near) = tokio::io::duplex(1024);
    let far = Arc::new(Mutex::new(Some(far)));
    struct Line(Arc<Mutex<Option<tokio::io::DuplexStream>>>);
    impl Opener for Line {
        fn open(&self) -> Opening<'_> {
            Box::pin(async { Ok(Box::new(self.0.lock().unwrap().take().unwrap()) as Port) })
        }
    }
    tokio::spawn(async move {
        let (mut near, mut octets) = (near, [0; 64]);
        while let Ok(count @ 1..) = near.read(&mut octets).await {
            let command = String::from_utf8_lossy(&octets[..count]).trim().to_owned();
            let line = match command.as_str() {
                "AT+CPIN?" => "\r\n+CPIN: READY\r\n",
                "AT+CREG?" => "\r\n+CREG: 0,1\r\n",
                "AT+CSCA?" => "\r\n+CSCA: \"\",129\r\n",
                _ => "",
            };
            near.write_all(format!("{line}\r\nOK\r\n").as_bytes()).await.unwrap();
        }
    });
    let answer = asked(&Line(far)).await.unwrap();
    assert!(answer.lacks_centre && matches!(answer.state, State::Ready { .. }), "{answer:?}");
}
