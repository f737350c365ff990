//! The device behind a serial line: its other names, and how it is taken off the bus or its supply, by the system's files
//! (Linux' Documentation/ABI: sysfs-bus-usb `authorized` and `disable`, sysfs-gpio `value`).
//!
//! Not here: when that is done (`driver::ladder`).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::port::Cut;

/// The line's interface lies a few folders below the device that can be taken off.
const FOLDERS_UP: usize = 5;

pub struct Device {
    path: PathBuf,
    power: Option<PathBuf>,
    /// `/sys/class/tty` and `/dev/serial/by-id`, or a test's.
    class: PathBuf,
    by_id: PathBuf,
    found: Mutex<Found>,
}

/// What was learned while it was there.
#[derive(Default, Clone)]
struct Found {
    /// A name that stays when the kernel gives it another.
    lasting: Option<PathBuf>,
    /// The USB device's folder.
    usb: Option<PathBuf>,
}

impl Device {
    pub fn new(path: &str, power: Option<PathBuf>) -> Device {
        let (class, by_id) = ("/sys/class/tty".into(), "/dev/serial/by-id".into());
        Device { path: path.into(), power, class, by_id, found: Mutex::default() }
    }

    /// Where it is now: at its path, or at what the name leads to under which it was known there.
    pub fn find(&self) -> PathBuf {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::canonicalize(&self.path) {
            Ok(device) => {
                *found = Found { lasting: self.lasting(&device), usb: self.usb(&device) };
                self.path.clone()
            }
            Err(_) => found.lasting.clone().filter(|name| name.exists()).unwrap_or_else(|| self.path.clone()),
        }
    }

    pub fn can_cut(&self, cut: Cut) -> bool {
        match cut {
            Cut::Usb => self.found().usb.is_some_and(|usb| usb.join("authorized").exists()),
            Cut::Power => self.power.is_some(),
        }
    }

    pub fn cut(&self, cut: Cut, off: bool) -> io::Result<()> {
        let file = match cut {
            Cut::Usb => self.found().usb.map(|usb| usb.join("authorized")),
            Cut::Power => self.power.clone(),
        };
        let file = file.ok_or(io::ErrorKind::Unsupported)?;
        // A port's `disable` is the only one of these that says off with 1.
        let on = off == file.ends_with("disable");
        fs::write(&file, if on { "1" } else { "0" })
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))
    }

    fn found(&self) -> Found {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lasting(&self, device: &Path) -> Option<PathBuf> {
        let names = fs::read_dir(&self.by_id).ok()?.flatten().map(|entry| entry.path());
        names.into_iter().find(|name| fs::canonicalize(name).is_ok_and(|target| target == device))
    }

    fn usb(&self, device: &Path) -> Option<PathBuf> {
        let folder = fs::canonicalize(self.class.join(device.file_name()?).join("device")).ok()?;
        folder.ancestors().take(FOLDERS_UP).find(|folder| folder.join("idVendor").exists()).map(Path::to_path_buf)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A machine's files, with a modem at `ttyUSB0`.
    struct Machine(PathBuf);

    impl Machine {
        fn new() -> Machine {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let root = std::env::temp_dir().join(format!("yizhan-usb-{}-{count}", std::process::id()));
            for folder in ["dev", "by-id", "class/ttyUSB0", "usb/1-1/1-1:1.0/ttyUSB0"] {
                fs::create_dir_all(root.join(folder)).unwrap();
            }
            fs::write(root.join("dev/ttyUSB0"), "").unwrap();
            fs::write(root.join("usb/1-1/idVendor"), "12d1").unwrap();
            fs::write(root.join("usb/1-1/authorized"), "1").unwrap();
            symlink(root.join("usb/1-1/1-1:1.0/ttyUSB0"), root.join("class/ttyUSB0/device")).unwrap();
            symlink(root.join("dev/ttyUSB0"), root.join("by-id/usb-HUAWEI-if00-port0")).unwrap();
            Machine(fs::canonicalize(root).unwrap())
        }

        fn device(&self, power: Option<PathBuf>) -> Device {
            let path = self.0.join("dev/ttyUSB0");
            let (class, by_id) = (self.0.join("class"), self.0.join("by-id"));
            Device { class, by_id, ..Device::new(path.to_str().unwrap(), power) }
        }
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn it_is_found_under_another_name() {
        let machine = Machine::new();
        let device = machine.device(None);
        assert_eq!(device.find(), machine.0.join("dev/ttyUSB0"));
        // The kernel gives it the next number, udev moves the link.
        fs::rename(machine.0.join("dev/ttyUSB0"), machine.0.join("dev/ttyUSB1")).unwrap();
        let link = machine.0.join("by-id/usb-HUAWEI-if00-port0");
        assert_eq!(device.find(), machine.0.join("dev/ttyUSB0"), "not while the link leads nowhere");
        fs::remove_file(&link).unwrap();
        symlink(machine.0.join("dev/ttyUSB1"), &link).unwrap();
        assert_eq!(device.find(), link);
    }

    #[test]
    fn it_is_taken_off_the_bus_and_its_supply() {
        let machine = Machine::new();
        let disable = machine.0.join("usb/disable");
        let device = machine.device(Some(disable.clone()));
        assert!(!device.can_cut(Cut::Usb), "not known yet");
        device.find();
        assert!(device.can_cut(Cut::Usb) && device.can_cut(Cut::Power));
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        let authorized = machine.0.join("usb/1-1/authorized");
        for (off, usb, power) in [(true, "0", "1"), (false, "1", "0")] {
            device.cut(Cut::Usb, off).unwrap();
            device.cut(Cut::Power, off).unwrap();
            assert_eq!((read(&authorized).as_str(), read(&disable).as_str()), (usb, power));
        }
        assert!(machine.device(None).cut(Cut::Power, true).is_err());
    }
}
