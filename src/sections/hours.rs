//! Opening hours as an owner writes them, and whether it is open now. Pure: the civil time is an argument.
//!
//! `mon-fri 09:00-12:00 14:00-18:00; sat,sun 10:00-20:00; daily 24h`. A range that ends at or before its start runs past
//! midnight. Later rules replace earlier ones for the days they name. Days off: `2027-02-05..2027-02-08 春节休息; 2027-05-01`.

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::words::{self, Lang};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Minutes of the day from–to, for each day from Monday on. A `to` beyond 1440 runs into the next day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours([Vec<(u16, u16)>; 7]);

/// Days off, with what is said about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed(Vec<(Date, Date, String)>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// Open until that time.
    Open(DateTime),
    /// Closed; opens then, if within a week.
    Shut(Option<DateTime>),
    /// A day off, with the owner's words.
    DayOff(String, Date),
}

impl Hours {
    /// `Err` is the piece that was not understood.
    pub fn parse(raw: &str) -> Result<Hours, String> {
        let mut hours = Hours::default();
        for rule in raw.split([';', '；', '\n']).map(str::trim).filter(|r| !r.is_empty()) {
            let (days, times) = rule.split_once(' ').ok_or(rule)?;
            let days = parse_days(days).ok_or(rule)?;
            let times = times.split_whitespace().map(parse_range).collect::<Option<Vec<_>>>().ok_or(rule)?;
            for day in days {
                hours.0[day].clone_from(&times);
            }
        }
        if hours.0.iter().all(Vec::is_empty) { Err(raw.to_owned()) } else { Ok(hours) }
    }

    /// Runs of days with the same hours: ("周一至周五", "10:30-14:00 17:00-21:30").
    pub fn lines(&self, lang: Lang) -> Vec<(String, String)> {
        let mut out: Vec<(usize, usize)> = Vec::new();
        for day in 0..7 {
            match out.last_mut() {
                Some((_, last)) if self.0[*last] == self.0[day] => *last = day,
                _ => out.push((day, day)),
            }
        }
        let name = |day: usize| words::DAYS[day].say(lang);
        out.into_iter()
            .map(|(from, to)| {
                let days = match (from, to) {
                    (0, 6) => words::DAILY.say(lang).to_owned(),
                    _ if from == to => name(from).to_owned(),
                    _ => words::FROM_TO.with(lang, &[name(from), name(to)]),
                };
                (days, times(&self.0[from], lang))
            })
            .collect()
    }

    /// What holds at `at`.
    pub fn now(&self, closed: &Closed, at: DateTime) -> Now {
        if let Some((until, why)) = closed.on(at.date()) {
            return Now::DayOff(why.to_owned(), until);
        }
        let day = index(at.date().weekday());
        let minute = u16::from(at.hour() as u8) * 60 + u16::from(at.minute() as u8);
        let today = self.0[day].iter().find(|(from, to)| (*from..*to).contains(&minute)).map(|(_, to)| *to);
        // What began yesterday and runs past midnight.
        let late = minute + DAY;
        let yesterday =
            self.0[(day + 6) % 7].iter().find(|(from, to)| (*from..*to).contains(&late)).map(|(_, to)| to - DAY);
        match today.or(yesterday) {
            Some(to) => Now::Open(after(at.date(), to)),
            None => Now::Shut(self.next_opening(closed, at.date(), minute)),
        }
    }

    fn next_opening(&self, closed: &Closed, today: Date, minute: u16) -> Option<DateTime> {
        (0..=7).find_map(|ahead| {
            let date = today.saturating_add(jiff::Span::new().days(ahead));
            let free = closed.on(date).is_none();
            let from =
                self.0[index(date.weekday())].iter().map(|(from, _)| *from).filter(|f| ahead > 0 || *f > minute).min();
            from.filter(|_| free).map(|from| after(date, from))
        })
    }
}

impl Closed {
    pub fn parse(raw: &str) -> Result<Closed, String> {
        let mut out = Vec::new();
        for rule in raw.split([';', '；', '\n']).map(str::trim).filter(|r| !r.is_empty()) {
            let (dates, why) = rule.split_once(' ').unwrap_or((rule, ""));
            let (from, to) = dates.split_once("..").unwrap_or((dates, dates));
            let date = |d: &str| d.parse::<Date>().map_err(|_| rule.to_owned());
            let (from, to) = (date(from)?, date(to)?);
            if to < from {
                return Err(rule.to_owned());
            }
            out.push((from, to, why.trim().to_owned()));
        }
        Ok(Closed(out))
    }

    /// The last day off of the run that `date` lies in, and the owner's words.
    pub fn on(&self, date: Date) -> Option<(Date, &str)> {
        self.0.iter().find(|(from, to, _)| (*from..=*to).contains(&date)).map(|(_, to, why)| (*to, why.as_str()))
    }
}

const DAY: u16 = 24 * 60;

fn index(day: Weekday) -> usize {
    day.to_monday_zero_offset() as usize
}

fn after(date: Date, minutes: u16) -> DateTime {
    date.at(0, 0, 0, 0).saturating_add(jiff::Span::new().minutes(i64::from(minutes)))
}

fn parse_days(raw: &str) -> Option<Vec<usize>> {
    let day = |name: &str| DAYS.iter().position(|d| d.eq_ignore_ascii_case(name));
    let mut out = Vec::new();
    for piece in raw.split(',') {
        if piece.eq_ignore_ascii_case("daily") {
            out.extend(0..7);
        } else if let Some((from, to)) = piece.split_once('-') {
            let (from, to) = (day(from)?, day(to)?);
            // fri-mon runs over the week's end.
            let len = (to + 7 - from) % 7;
            out.extend((0..=len).map(|i| (from + i) % 7));
        } else {
            out.push(day(piece)?);
        }
    }
    Some(out)
}

fn parse_range(raw: &str) -> Option<(u16, u16)> {
    if raw.eq_ignore_ascii_case("24h") {
        return Some((0, DAY));
    }
    let (from, to) = raw.split_once('-')?;
    let minute = |t: &str| {
        let (h, m) = t.split_once(':')?;
        let (h, m) = (h.parse::<u16>().ok()?, m.parse::<u16>().ok()?);
        (h < 24 && m < 60 || h == 24 && m == 0).then_some(h * 60 + m)
    };
    let (from, to) = (minute(from)?, minute(to)?);
    if from >= DAY {
        return None;
    }
    Some((from, if to <= from { to + DAY } else { to }))
}

fn times(ranges: &[(u16, u16)], lang: Lang) -> String {
    if ranges.is_empty() {
        return words::DAY_OFF.say(lang).to_owned();
    }
    let clock = |m: u16| format!("{:02}:{:02}", m / 60 % 24, m % 60);
    let one = |(from, to): &(u16, u16)| match (from, to) {
        (0, &DAY) => words::ALL_DAY.say(lang).to_owned(),
        (from, &DAY) => format!("{}-24:00", clock(*from)),
        (from, to) => format!("{}-{}", clock(*from), clock(*to)),
    };
    ranges.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A time of day for people, with the day when it is another one than `today`.
pub fn spoken(at: DateTime, today: Date, lang: Lang) -> String {
    let clock = at.strftime("%H:%M").to_string();
    let midnight = at.time() == Time::midnight();
    match at.date() {
        d if d == today => clock,
        d if midnight && d == today.saturating_add(jiff::Span::new().days(1)) => "24:00".to_owned(),
        d if d == today.saturating_add(jiff::Span::new().days(1)) => words::TOMORROW_AT.with(lang, &[&clock]),
        d => format!("{} {clock}", words::DAYS[index(d.weekday())].say(lang)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime {
        text.parse().expect("a test's own time")
    }

    #[test]
    fn open_and_shut() {
        let hours = Hours::parse("mon-fri 10:30-14:00 17:00-21:30; sat,sun 10:30-02:00").expect("good hours");
        let none = Closed::default();
        // 2026-11-20 is a Friday.
        assert_eq!(hours.now(&none, at("2026-11-20T12:00")), Now::Open(at("2026-11-20T14:00")));
        assert_eq!(hours.now(&none, at("2026-11-20T14:00")), Now::Shut(Some(at("2026-11-20T17:00"))));
        assert_eq!(hours.now(&none, at("2026-11-20T22:00")), Now::Shut(Some(at("2026-11-21T10:30"))));
        assert_eq!(hours.now(&none, at("2026-11-22T01:59")), Now::Open(at("2026-11-22T02:00")));
        assert_eq!(hours.now(&none, at("2026-11-23T02:00")), Now::Shut(Some(at("2026-11-23T10:30"))));
    }

    #[test]
    fn days_off_outrank_hours() {
        let hours = Hours::parse("daily 24h").expect("good hours");
        let closed = Closed::parse("2027-02-05..2027-02-08 春节休息").expect("good dates");
        let off = Now::DayOff("春节休息".into(), "2027-02-08".parse().expect("a date"));
        assert_eq!(hours.now(&closed, at("2027-02-06T12:00")), off);
        assert!(matches!(hours.now(&closed, at("2027-02-09T12:00")), Now::Open(_)));
        let evening = Hours::parse("daily 18:00-20:00").expect("good hours");
        assert_eq!(evening.now(&closed, at("2027-02-04T21:00")), Now::Shut(Some(at("2027-02-09T18:00"))));
    }

    #[test]
    fn nonsense_is_named() {
        for bad in ["", "mon", "mon 9-12", "xyz 09:00-10:00", "mon 25:00-26:00", "mon-fri 09:00", "mon 24:00-10:00"] {
            assert!(Hours::parse(bad).is_err(), "{bad}");
        }
        assert!(Closed::parse("2027-02-30").is_err() && Closed::parse("2027-02-08..2027-02-05 x").is_err());
    }

    #[test]
    fn lines_join_days() {
        let hours = Hours::parse("daily 09:00-18:00; sun 24h; wed 10:00-24:00").expect("good hours");
        let lines = hours.lines(Lang::Zh);
        let expected =
            [("周一至周二", "09:00-18:00"), ("周三", "10:00-24:00"), ("周四至周六", "09:00-18:00"), ("周日", "全天")];
        assert_eq!(lines, expected.map(|(d, t)| (d.to_owned(), t.to_owned())));
    }
}
