//! The stories of a clock: power cuts, wrong machines, networks that lie, and what stored times mean afterwards.

use super::*;

/// 2026-11-22 12:00 in Jinan.
const NOON: Time = Time(1_795_320_000_000);
const NEVER: Time = Time(0);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// A clock that has just begun.
fn begun(seen: Option<&Seen>, machine: Time, is_synchronised: bool) -> Setting {
    let mut setting = Setting::new(machine, Source::Machine);
    setting.begin(seen, machine, is_synchronised, Duration::ZERO);
    setting
}

/// What a box kept that was right until `at` and then stopped.
fn stopped(at: Time) -> Seen {
    begun(None, at, true).seen(Duration::ZERO, true)
}

fn shows(setting: &Setting, passed: Duration) -> (Time, Source) {
    (setting.now(passed), setting.source)
}

#[test]
fn it_begins_with_the_best_that_is_known() {
    let seen = stopped(NOON);
    let later = NOON.plus(DAY);
    for (seen, machine, is_synchronised, now, source) in [
        (None, NEVER, false, EARLIEST, Source::Nothing),
        (None, NOON, false, NOON, Source::Machine),
        (None, LATEST.plus(YEAR), false, EARLIEST, Source::Nothing),
        (None, NOON, true, NOON, Source::Ntp),
        // A mark that was left behind does not make 1970 right.
        (None, NEVER, true, EARLIEST, Source::Nothing),
        (Some(&seen), NEVER, false, NOON, Source::Seen),
        (Some(&seen), NOON.minus(MINUTE), false, NOON, Source::Seen),
        (Some(&seen), later, false, later, Source::Machine),
        (Some(&seen), later, true, later, Source::Ntp),
        (Some(&seen), NOON.minus(DAY), true, NOON.minus(DAY), Source::Ntp),
    ] {
        assert_eq!(shows(&begun(seen, machine, is_synchronised), Duration::ZERO), (now, source), "{machine:?}");
    }
}

#[test]
fn it_never_goes_back_over_a_power_cut() {
    let mut shown = EARLIEST;
    let mut seen = None;
    // Cut off at any moment up to when the record would have been renewed.
    for minutes in [0, 1, 44, 59, 12] {
        let clock = begun(seen.as_ref(), NEVER, false);
        assert!(clock.now(Duration::ZERO) >= shown);
        seen = Some(clock.seen(Duration::ZERO, false));
        shown = clock.now(minutes * MINUTE);
    }
    // A chip that ran through a short cut is right, and the box does not run ahead of it.
    let cut = begun(None, NOON, true).seen(Duration::ZERO, false);
    assert_eq!(begun(Some(&cut), NOON.plus(MINUTE), false).now(Duration::ZERO), NOON.plus(MINUTE));
}

#[test]
fn who_knows_better_sets_it() {
    let mut clock = begun(None, NEVER, false);
    let mut count = clock.count;
    for (source, time, now) in [
        (Source::Text, NOON, NOON),
        // A text that was long on its way, and one that was not.
        (Source::Text, NOON.minus(HOUR), NOON),
        (Source::Text, NOON.plus(5 * MINUTE), NOON.plus(5 * MINUTE)),
        (Source::Modem, NOON.plus(2 * HOUR), NOON.plus(2 * HOUR)),
        (Source::Text, NOON, NOON.plus(2 * HOUR)),
        (Source::Modem, NOON.plus(2 * HOUR + MINUTE), NOON.plus(2 * HOUR + MINUTE)),
    ] {
        clock.heard(source, time, Duration::ZERO);
        assert_eq!(clock.now(Duration::ZERO), now, "{source:?} {time:?}");
        assert!(clock.count >= count);
        count = clock.count;
    }
    clock.look(NOON, true, Duration::ZERO);
    clock.heard(Source::Modem, NOON.plus(YEAR), Duration::ZERO);
    assert_eq!(shows(&clock, HOUR), (NOON.plus(HOUR), Source::Ntp));
}

#[test]
fn nonsense_is_no_time() {
    let mut clock = begun(None, NEVER, false);
    // 1980, 2004 and 2070, as modems without a network have it.
    for time in [Time(315_964_800_000), Time(1_072_915_200_000), Time(3_155_760_000_000)] {
        clock.heard(Source::Modem, time, Duration::ZERO);
        clock.heard(Source::Text, time, Duration::ZERO);
        clock.not_before(time, Duration::ZERO);
        clock.look(time, false, Duration::ZERO);
    }
    assert_eq!((shows(&clock, Duration::ZERO), clock.count), ((EARLIEST, Source::Nothing), 0));
}

#[test]
fn a_network_that_contradicts_itself_is_believed_the_second_time() {
    let mut clock = begun(None, NEVER, false);
    clock.heard(Source::Modem, NOON.plus(2 * YEAR), Duration::ZERO);
    clock.heard(Source::Modem, NOON, Duration::ZERO);
    assert_eq!(clock.now(Duration::ZERO), NOON.plus(2 * YEAR));
    // The first says it again, so the doubt is gone.
    clock.heard(Source::Modem, NOON.plus(2 * YEAR), Duration::ZERO);
    clock.heard(Source::Modem, NOON, Duration::ZERO);
    assert_eq!(clock.now(Duration::ZERO), NOON.plus(2 * YEAR));
    clock.heard(Source::Modem, NOON.plus(HOUR), HOUR);
    assert_eq!(clock.now(HOUR), NOON.plus(HOUR));
}

#[test]
fn who_sets_the_machine_by_hand_is_followed_until_a_network_knows() {
    let mut clock = begun(None, NOON.plus(YEAR), false);
    clock.look(NOON.plus(YEAR).plus(HOUR), false, HOUR);
    assert_eq!(clock.count, begun(None, NOON.plus(YEAR), false).count, "an hour has passed, and that is all");
    clock.look(NOON, false, HOUR);
    assert_eq!(shows(&clock, HOUR), (NOON, Source::Machine));
    clock.heard(Source::Modem, NOON.plus(DAY), HOUR);
    clock.look(NOON.plus(YEAR), false, HOUR);
    assert_eq!(shows(&clock, HOUR), (NOON.plus(DAY), Source::Modem));
}

#[test]
fn a_text_is_not_from_the_future() {
    let seen = stopped(NOON);
    let mut clock = begun(Some(&seen), NEVER, false);
    clock.not_before(NOON.plus(3 * DAY), Duration::ZERO);
    clock.not_before(NOON.plus(DAY), Duration::ZERO);
    assert_eq!(shows(&clock, Duration::ZERO), (NOON.plus(3 * DAY), Source::Seen));
    // It says nothing to a clock that was told the time.
    clock.heard(Source::Modem, NOON.plus(2 * DAY), Duration::ZERO);
    clock.not_before(NOON.plus(3 * DAY), Duration::ZERO);
    assert_eq!(clock.now(Duration::ZERO), NOON.plus(2 * DAY));
}

#[test]
fn what_was_stored_behind_time_is_read_as_what_it_was() {
    let seen = stopped(NOON);
    let clock = begun(Some(&seen), NEVER, false);
    let (before, stored) = (NOON.minus(HOUR), clock.now(10 * MINUTE));
    let unchecked = clock.reading(HOUR);
    assert!(unchecked.knows_age(stored) && !unchecked.knows_age(before));
    // Cut off and on again, still without a time.
    let mut clock = begun(Some(&clock.seen(HOUR, false)), NEVER, false);
    let second = clock.now(MINUTE);
    let again = clock.reading(MINUTE);
    assert!(again.knows_age(second) && !again.knows_age(stored), "nobody knows for how long it was off");
    clock.heard(Source::Modem, NOON.plus(3 * DAY), 2 * MINUTE);
    let reading = clock.reading(2 * MINUTE);
    assert_eq!(reading.now.since(reading.right(second)), MINUTE);
    assert!(reading.now.since(reading.right(stored)) < 3 * HOUR, "{reading:?}");
    // What was stored while it was right was three days ago.
    assert_eq!(reading.right(before), before);
    assert!(reading.knows_age(before));
    // The same for the next box, and when the clock is set again.
    let mut clock = begun(Some(&clock.seen(2 * MINUTE, true)), NOON.plus(3 * DAY), true);
    clock.heard(Source::Ntp, NOON.plus(3 * DAY), Duration::ZERO);
    assert_eq!(clock.reading(Duration::ZERO).right(second), reading.right(second));
    clock.heard(Source::Ntp, NOON.plus(3 * DAY).plus(MINUTE), Duration::ZERO);
    assert!(clock.reading(Duration::ZERO).right(second) >= reading.right(second));
}

#[test]
fn what_was_stored_ahead_of_time_is_not_in_the_future() {
    // A chip that was set to local time by somebody: eight hours ahead, for nine hours.
    let mut clock = begun(None, NOON.plus(8 * HOUR), false);
    let (first, last) = (clock.now(MINUTE), clock.now(9 * HOUR));
    clock.heard(Source::Modem, NOON.plus(9 * HOUR), 9 * HOUR);
    let reading = clock.reading(9 * HOUR);
    assert_eq!(reading.right(last), reading.now);
    assert!(reading.right(first) <= reading.now);
    let mut clock = begun(None, NOON.plus(5 * YEAR), false);
    let last = clock.now(HOUR);
    clock.heard(Source::Modem, NOON, 2 * HOUR);
    let reading = clock.reading(2 * HOUR);
    assert_eq!(reading.now.since(reading.right(last)), HOUR);
    assert_eq!(reading.right(NOON.minus(DAY)), NOON.minus(DAY));
}

#[test]
fn any_story_keeps_its_bounds() {
    let mut seed = 7u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut clock = begun(None, NEVER, false);
    let mut passed = Duration::ZERO;
    for _ in 0..20_000 {
        passed += Duration::from_secs(next(4000));
        let time = match next(4) {
            0 => Time(next(1 << 43) as i64),
            1 => Time(i64::MAX - next(1000) as i64),
            _ => NOON.plus(passed).plus(Duration::from_secs(next(100_000))),
        };
        match next(6) {
            0 => clock.heard(Source::Modem, time, passed),
            1 => clock.heard(Source::Text, time, passed),
            2 => clock.not_before(time, passed),
            3 => clock.look(time, next(2) == 0, passed),
            4 => clock.begin(Some(&clock.seen(passed, next(2) == 0)), time, next(9) == 0, passed),
            _ => clock.begin(None, time, false, passed),
        }
        let reading = clock.reading(passed);
        assert!(reading.now >= EARLIEST && reading.right(time) <= reading.now && reading.steps.len() <= STEPS_KEPT);
    }
}
