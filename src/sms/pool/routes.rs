//! By which of our numbers a message leaves.
//!
//! A reply leaves by the number that was texted, what a person knows us by by the number they texted last, and what a
//! company sends by the SIM that is its own. Such a message has a route with an owner. While the owner is away (lost,
//! without a network, stopped by the operator) its messages wait a little, then any other SIM may carry them: a reply after
//! `REPLY_MOVES`, since the person expects that number, all else after `MOVES`. A SIM that belongs to one company never
//! carries another's messages. Pure.

use std::time::Duration;

use super::super::outbox::{Class, Message};
use super::index::{ROUTES_MAX, RouteNo};
use crate::number::Number;

/// A person who waits for an answer has given up after some minutes; before, the number they texted is the better one.
const REPLY_MOVES: Duration = Duration::from_secs(300);
/// A modem that was unplugged for a moment, or starts anew, is back within this.
const MOVES: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Route {
    from: Option<Number>,
    /// The company, if a SIM is its own.
    site: Option<String>,
}

/// All routes that a waiting message has had; few, since they are made of our own numbers.
#[derive(Debug, Default)]
pub struct Routes {
    all: Vec<Route>,
    /// Companies with a SIM of their own.
    own_sites: Vec<String>,
}

/// A bearer as a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    pub number: Option<Number>,
    pub site: Option<String>,
    /// Since when, by how long the box has run, it has not sent; `None`: it does.
    pub away_since: Option<Duration>,
}

impl Routes {
    pub fn new(own_sites: Vec<String>) -> Routes {
        Routes { all: vec![Route::default()], own_sites }
    }

    pub fn of(&mut self, message: &Message) -> RouteNo {
        let site = message.site.clone().filter(|site| self.own_sites.contains(site));
        let route = Route { from: message.from.clone(), site };
        let place = self.all.iter().position(|known| *known == route).unwrap_or_else(|| {
            // Numbers of SIMs that came and went: beyond, they go by any.
            if self.all.len() == ROUTES_MAX {
                return 0;
            }
            self.all.push(route);
            self.all.len() - 1
        });
        place as RouteNo
    }

    /// The routes that `carrier` may serve now in this lane, and when, if it is so, another one joins them.
    pub fn open_to(
        &self,
        lane: Class,
        carrier: &Carrier,
        all: &[Carrier],
        passed: Duration,
    ) -> (Vec<RouteNo>, Vec<(RouteNo, Duration)>) {
        let patience = if lane == Class::Reply { REPLY_MOVES } else { MOVES };
        let (mut open, mut later) = (Vec::new(), Vec::new());
        for (no, route) in (0..).zip(&self.all) {
            if !route.may_be_carried_by(carrier, lane) {
                continue;
            }
            if route.is_own(carrier) {
                open.push(no);
                continue;
            }
            // The owner that was here last counts.
            let owners = all.iter().filter(|other| route.is_own(other) && route.may_be_carried_by(other, lane));
            let since = owners.map(|owner| owner.away_since).reduce(|a, b| Some(a?.max(b?)));
            match since {
                None => open.push(no),
                Some(None) => {}
                Some(Some(since)) if since + patience <= passed => open.push(no),
                Some(Some(since)) => later.push((no, since + patience)),
            }
        }
        (open, later)
    }
}

impl Route {
    /// Who texts a company's own number is answered by it, also about something else.
    fn may_be_carried_by(&self, carrier: &Carrier, lane: Class) -> bool {
        let is_answer = lane == Class::Reply && self.from.is_some() && self.from == carrier.number;
        carrier.site.is_none() || carrier.site == self.site || is_answer
    }

    /// Whether this SIM is the one that the route names. One whose number nobody knows may be any.
    fn is_own(&self, carrier: &Carrier) -> bool {
        match (&self.from, &self.site) {
            (Some(from), _) => carrier.number.as_ref().is_none_or(|number| number == from),
            (None, Some(site)) => carrier.site.as_ref() == Some(site),
            (None, None) => true,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn carrier(number: &str, site: Option<&str>) -> Carrier {
        Carrier { number: Number::parse(number), site: site.map(str::to_owned), away_since: None }
    }

    fn routes() -> Routes {
        let route = |from: &str, site: Option<&str>| Route { from: Number::parse(from), site: site.map(str::to_owned) };
        let all = vec![route("", None), route("13800000001", None), route("13800000002", None), route("", Some("tea"))];
        Routes { all, own_sites: vec!["tea".to_owned()] }
    }

    #[test]
    fn a_message_leaves_by_its_number_and_a_company_by_its_own() {
        let all = [carrier("13800000001", None), carrier("13800000002", None), carrier("13800000003", Some("tea"))];
        let open = |n: usize, lane| routes().open_to(lane, &all[n], &all, SECOND).0;
        assert_eq!(open(0, Class::Reply), [0, 1]);
        assert_eq!(open(1, Class::Bulk), [0, 2]);
        assert_eq!(open(2, Class::Bulk), [3], "a company's SIM carries nobody else's");
        let unknown = carrier("", None);
        assert_eq!(routes().open_to(Class::Reply, &unknown, std::slice::from_ref(&unknown), SECOND).0, [0, 1, 2, 3]);
    }

    #[test]
    fn what_a_lost_sim_leaves_behind_goes_on_after_a_while() {
        let mut all = [carrier("13800000001", None), carrier("13800000002", None)];
        all[1].away_since = Some(10 * SECOND);
        let open = |lane, at: Duration| routes().open_to(lane, &all[0], &all, at);
        assert_eq!(open(Class::Bulk, 69 * SECOND), (vec![0, 1, 3], vec![(2, 70 * SECOND)]));
        assert_eq!(open(Class::Bulk, 70 * SECOND).0, [0, 1, 2, 3]);
        assert_eq!(open(Class::Reply, 309 * SECOND).1, [(2, 310 * SECOND)]);
        assert_eq!(open(Class::Reply, 310 * SECOND).0, [0, 1, 2, 3]);
    }
}
