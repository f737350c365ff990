//! A person who texts every number of every screen.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use yizhan::clock::Reading;
use yizhan::clock::Time;
use yizhan::number::Number;
use yizhan::page::{Lang, Path, Status, To};
use yizhan::sites::{self, House, Visit, Visitor};
use yizhan::sms::fields::Ports;
use yizhan::sms::parts::segments;
use yizhan::sms::push::Pushes;
use yizhan::sms::session::{self, Session};
use yizhan::sms::talk::{self, Heard, Manners};
use yizhan::store::{Records, Store, Tx};

use super::{PAGES_MAX, Places, SOUGHT};
use crate::harness::NOON;

/// The places that numbers and the words of the screens lead to. All in one transaction, which waits for no disk.
pub fn by_text(store: &Store, house: Arc<House>) -> Places {
    store.write_blocking(move |tx| Ok(Texter::new(tx, &house).crawl())).unwrap()
}

struct Texter<'a> {
    tx: &'a mut Tx,
    house: &'a House,
    phone: Number,
    ours: Number,
    said: u64,
    places: Places,
    next: VecDeque<(Session, String)>,
}

impl<'a> Texter<'a> {
    fn new(tx: &'a mut Tx, house: &'a House) -> Texter<'a> {
        let number = |n| Number::parse(n).unwrap();
        let (phone, ours) = (number("+8613912345678"), number("+8613800138000"));
        Texter { tx, house, phone, ours, said: 0, places: Places::new(), next: VecDeque::new() }
    }

    fn crawl(mut self) -> Places {
        let (first, screen) = self.says(&Session::default(), "00");
        self.arrives(first.clone(), screen);
        let (help, screen) = self.says(&first, "?");
        self.arrives(help, screen);
        let (search, screen) = self.says(&first, &format!("S {SOUGHT}"));
        self.arrives(search, screen);
        while let Some((session, screen)) = self.next.pop_front() {
            self.explore(session, screen);
        }
        self.places
    }

    /// Every screen of one place, and every number on them.
    fn explore(&mut self, mut session: Session, mut screen: String) {
        let at = session.at.clone();
        let mut done = BTreeMap::new();
        for _ in 0..PAGES_MAX {
            self.check(&session, &screen);
            for (number, to) in session.keys.clone() {
                if done.insert(number, ()).is_some() {
                    continue;
                }
                let (there, shown) = self.says(&session, &number.to_string());
                match to {
                    To::Visit(path) => {
                        assert_eq!(there.at, path, "{number} of {at:?}");
                        self.arrives(there, shown);
                    }
                    _ => assert!(shown.ends_with("0返回"), "{shown}"),
                }
            }
            if session.more.is_none() || session.asking.is_some() {
                return;
            }
            (session, screen) = self.says(&session, "#");
            assert_eq!(session.at, at, "{screen}");
        }
        panic!("screens without end at {at:?}");
    }

    fn check(&mut self, session: &Session, screen: &str) {
        let at = &session.at;
        assert!(segments(screen) <= 2, "{screen}");
        if session.asking.is_none() {
            for line in screen.lines() {
                let number = line.split_once('.').and_then(|(n, _)| n.parse::<u16>().ok());
                let Some(number) = number.filter(|n| *n < 100) else { continue };
                assert!(session.keys.iter().any(|(n, _)| *n == number), "{number} is dead in {screen}");
            }
        }
        if *at == Path::portal("") {
            return;
        }
        assert!(screen.lines().last().unwrap().contains('0'), "no way back from {screen}");
        let up = self.page_of(at).1.unwrap();
        assert_eq!(self.says(session, "0").0.at, up, "{screen}");
    }

    /// Notes the place if it is new.
    fn arrives(&mut self, session: Session, screen: String) {
        let (status, _) = self.page_of(&session.at);
        assert_eq!(status, Status::Ok, "{screen}");
        let at = &session.at;
        let place = match &at.site {
            Some(site) if at.is_front() => {
                assert!(screen.contains(&self.house.address(Some(site))), "{screen}");
                site.clone()
            }
            Some(site) => format!("{site}/{}", at.at),
            None if at.at.starts_with("search") => "/search".to_owned(),
            None => format!("/{}", at.at),
        };
        if self.places.insert(place) {
            self.next.push_back((session, screen));
        }
    }

    fn page_of(&self, at: &Path) -> (Status, Option<Path>) {
        let who = Visitor::default();
        let page =
            sites::visit(self.house, self.tx, &Visit { to: at, query: &[], who: &who, lang: Lang::Zh, now: NOON });
        (page.status, page.up)
    }

    /// One text from where the phone stands in `session`, and where it stands then.
    fn says(&mut self, session: &Session, text: &str) -> (Session, String) {
        // Nobody here opens pushes.
        let ports = Ports { destination: 2948, source: 9200 };
        let pushes = Pushes { tries: 0, ports, compile: |_| Vec::new() };
        let manners = Manners {
            pushes,
            segments: 2,
            keys_valid: Duration::from_secs(24 * 3600),
            form_open: Duration::from_secs(1800),
            replies: usize::MAX,
        };
        self.said += 1;
        let key = session::key(&self.phone, Some(&self.ours));
        // Nobody texts this much; what breaks loops is another test's.
        let before = Session {
            last: (0, 0, Time::default()),
            stood: (0, 0, Time::default()),
            replies: Vec::new(),
            seen: NOON,
            ..session.clone()
        };
        self.tx.put(&key, &before).unwrap();
        let once = self.said.to_be_bytes();
        let clock = Reading::sure(NOON);
        let heard = Heard { from: &self.phone, to: Some(&self.ours), text, gap: false, once: &once, clock: &clock };
        let reply = talk::reply(self.house, &manners, self.tx, &heard).unwrap().reply.expect("an answer");
        (self.tx.get::<Session>(&key).unwrap().unwrap(), reply)
    }
}
