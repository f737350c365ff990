//! What pictures take, each measured in a process of its own by its `VmHWM`: what is counted before (`memory`) is what counts.

#![allow(clippy::unwrap_used)]

use super::memory::tests::jpeg;
use super::tests::noise;
use super::*;

/// A canvas of that size with one red dot, `frames` times.
fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let mut out = b"GIF89a".to_vec();
    out.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
    out.extend([0x80, 0, 0, 255, 0, 0, 255, 255, 255]);
    for _ in 0..frames {
        out.extend([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
    }
    out.push(0x3b);
    out
}

/// What one of the files of the next test takes, in a process that has done nothing else.
#[test]
#[ignore = "the next test runs it"]
fn one_alone() {
    let Ok(file) = std::env::var("PICTURE") else { return };
    let most = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let (file, before) = (std::fs::read(file).unwrap(), most());
    let said = check(&file).map_or_else(|why| why, |good| format!("{} × {}", good.width, good.height));
    let made = small(&file, 120, Format::Jpeg, octets_for(120));
    println!("took {} MiB: {said}; small {}", (most() - before) / 1024, made.is_ok());
}

#[test]
fn what_a_picture_takes_is_bounded_whatever_it_is() {
    let colours = [0x11, 0x11, 0x11];
    let head = |sizes: [u8; 10]| {
        let mut file = noise(8, 8);
        file[16..26].copy_from_slice(&sizes);
        let crc = crc32fast::hash(&file[12..29]).to_be_bytes();
        file[29..33].copy_from_slice(&crc);
        file
    };
    let of_40 = head([0, 0, 0x1c, 0x84, 0, 0, 0x15, 0x7c, 8, 2]);
    let of_9_deep = head([0, 0, 0x0b, 0xb8, 0, 0, 0x0b, 0xb8, 16, 6]);
    let truncated = {
        let whole = noise(300, 300);
        whole[..whole.len() / 2].to_vec()
    };
    let webp = |side: u32| {
        let mut out = Cursor::new(Vec::new());
        DynamicImage::ImageRgb8(RgbImage::new(side, side)).write_to(&mut out, ImageFormat::WebP).unwrap();
        out.into_inner()
    };
    // What decoders pass over names a picture of one pixel.
    let mut hidden = jpeg(0xC2, 5500, 3900, &colours, 3);
    let small = b"\xFF\xC0\0\x0B\x08\0\x01\0\x01\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\x3F\0";
    hidden.splice(2..2, [&[0xFF, 0xD0, 0, small.len() as u8 + 2][..], small].concat());
    // Beside what is counted: the file, the program's own pages.
    let (least, most) = (6, (DECODED_BYTES_MAX >> 20) + 8);
    for (name, file, mib_max, said) in [
        ("a PNG of 40 megapixels", of_40, least, "7300 × 5500 pixels, at most 6000 on a side and 22 megapixels"),
        ("a JPEG of 40", jpeg(0xC0, 7300, 5500, &colours, 3), least, "7300 × 5500 pixels, at most 6000"),
        ("one of 21", jpeg(0xC0, 5500, 3900, &colours, 3), most, "5500 × 3900"),
        ("one hidden behind a restart", hidden, least, "5500 × 3900 pixels in several scans (progressive)"),
        (
            "a progressive one of 21",
            jpeg(0xC2, 5500, 3900, &colours, 3),
            least,
            "5500 × 3900 pixels in several scans (pro",
        ),
        ("one of 21 in parts", jpeg(0xC0, 5500, 3900, &colours, 1), least, "5500 × 3900 pixels in several scans (pro"),
        ("one of 7 in parts", jpeg(0xC0, 3000, 2400, &colours, 1), most, "3000 × 2400"),
        ("a progressive one of 7", jpeg(0xC2, 3000, 2400, &colours, 3), most, "3000 × 2400"),
        ("a progressive one of 11", jpeg(0xC2, 3900, 2800, &[0x22, 0x11, 0x11], 3), most, "3900 × 2800"),
        ("a truncated PNG", truncated, least, "the picture is broken"),
        ("a broken JPEG", [&jpeg(0xC0, 99, 99, &colours, 3)[..30], &[7; 99]].concat(), least, "the picture is broken"),
        ("a GIF's canvas of 36", gif(6000, 6000, 1), least, "6000 × 6000 pixels, at most 6000 on a side and 8"),
        ("one of 8", gif(2900, 2800, 1), most, "2900 × 2800"),
        ("ten thousand frames", gif(1000, 1000, 10_000), 16, "1000 × 1000"),
        ("a WebP", webp(2300), most, "2300 × 2300"),
        ("one of 16", webp(4000), least, "4000 × 4000 pixels, at most 6000 on a side and 5 megapixels"),
        (
            "a WebP of many codes",
            [webp(9), vec![0; 1 << 20]].concat(),
            least,
            "a WebP without loss of 1024 KiB, at most 20",
        ),
        ("eight octets a pixel", of_9_deep, least, "decoded it would take more than 64 MiB"),
    ] {
        let path = std::env::temp_dir().join(format!("yizhan-picture-{}", std::process::id()));
        std::fs::write(&path, &file).unwrap();
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sites::pictures::measured::one_alone", "--ignored", "--nocapture", "--test-threads=1"])
            .env("PICTURE", &path)
            .output();
        std::fs::remove_file(&path).unwrap();
        let output = String::from_utf8(child.unwrap().stdout).unwrap();
        let (_, took) = output.split_once("took ").unwrap_or_else(|| panic!("{name}: {output}"));
        let (mib, what) = took.split_once(" MiB: ").unwrap();
        println!("{name}: {mib} MiB, {}", what.lines().next().unwrap());
        assert!(what.starts_with(said), "{name}: {what}");
        assert!(mib.parse::<u64>().unwrap() <= mib_max, "{name} took {mib} MiB, at most {mib_max}");
    }
}
