//! How much memory a decoder needs for a picture, before it decodes: its own limits count the picture and not what it
//! holds beside it. Pure.
//!
//! A JPEG whose first scan is not the whole picture (progressive, or one scan a component; ITU-T T.81, G and A.2) is held
//! as coefficients of two octets until its last scan.

use image::ImageFormat;

/// Octets for a picture of so many pixels: itself, and what stands beside it in the decoders of `image` 0.25.
pub(super) fn octets(format: ImageFormat, file: &[u8], width: u32, height: u32) -> u64 {
    let pixels = u64::from(width) * u64::from(height);
    match format {
        ImageFormat::Jpeg => pixels * 3 + coefficients(file),
        // The canvas and a frame, with transparency.
        ImageFormat::Gif => pixels * 8,
        // With transparency: the picture, a frame and the canvas.
        ImageFormat::WebP => pixels * 12,
        // More than one octet a colour, and transparency, the decoder's own limit counts.
        _ => pixels * 3,
    }
}

/// Octets of the codes in a WebP without loss, or whose transparency is: a code for each part of it, as many as it likes, is
/// a table of 4 KiB for some hundred bits of the file.
pub(super) fn codes(format: ImageFormat, file: &[u8]) -> u64 {
    let has = |name: &[u8]| file.windows(name.len()).any(|octets| octets == name);
    match format {
        ImageFormat::WebP if has(b"VP8L") || has(b"ALPH") => CODES_OF_OCTET * file.len() as u64,
        _ => 0,
    }
}

/// 4 KiB for each hundred bits.
pub(super) const CODES_OF_OCTET: u64 = 4096 * 8 / 100;

/// Octets of the coefficients that are held at once.
fn coefficients(file: &[u8]) -> u64 {
    // Behind the start of the picture.
    let (mut at, mut most, mut components) = (2, 0, 0);
    while let Some((marker, segment)) = next_segment(file, &mut at) {
        match marker {
            // Beginnings of a frame: all of C0 to CF but tables (C4, CC) and what is kept for later (C8).
            0xC4 | 0xC8 | 0xCC => {}
            0xC0..=0xCF => {
                let Some(octets) = of_frame(segment) else { continue };
                components = segment[5];
                most = octets.max(most);
                if matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE) {
                    return most;
                }
            }
            // The first scan: with all components, rows of pixels are ready as they come.
            0xDA => return if segment.first() == Some(&components) { 0 } else { most },
            _ => {}
        }
    }
    0
}

/// Blocks of 8 × 8 for each component, as often as it is sampled.
fn of_frame(segment: &[u8]) -> Option<u64> {
    let &[_, h1, h2, w1, w2, count, ref rest @ ..] = segment else { return None };
    let (width, height) = (u64::from(u16::from_be_bytes([w1, w2])), u64::from(u16::from_be_bytes([h1, h2])));
    let samples = rest.chunks_exact(3).take(count.into()).map(|c| (u64::from(c[1] >> 4), u64::from(c[1] & 15)));
    let (across, down) = samples.clone().fold((1, 1), |most, (h, v)| (most.0.max(h), most.1.max(v)));
    let units = width.div_ceil(8 * across) * height.div_ceil(8 * down);
    Some(samples.map(|(h, v)| units * h * v * 64 * 2).sum())
}

/// The next marker that has a length, with what follows; what stands between is passed over, as decoders do.
fn next_segment<'a>(file: &'a [u8], at: &mut usize) -> Option<(u8, &'a [u8])> {
    loop {
        let rest = file.get(*at..)?;
        let found = rest.windows(2).position(|two| two[0] == 0xFF && !matches!(two[1], 0 | 0xFF))?;
        let marker = rest[found + 1];
        *at += found + 2;
        // The end stands alone. So would restarts and another start; the decoder takes them for segments, and what it
        // passes over is not the picture.
        if marker == 0xD9 {
            continue;
        }
        let &[high, low, ref behind @ ..] = file.get(*at..)? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low])).saturating_sub(2);
        let segment = &behind[..length.min(behind.len())];
        *at += 2 + segment.len();
        return Some((marker, segment));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;

    /// A JPEG of that size and kind with no more in it than a decoder needs to begin: each component is sampled as said.
    pub fn jpeg(frame: u8, width: u16, height: u16, samples: &[u8], in_first_scan: usize) -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8];
        let mut segment = |marker: u8, body: &[u8]| {
            file.extend([0xFF, marker]);
            file.extend((body.len() as u16 + 2).to_be_bytes());
            file.extend(body);
        };
        segment(0xDB, &[&[0][..], &[1; 64]].concat());
        let sizes = [height.to_be_bytes(), width.to_be_bytes()].concat();
        let components = samples.iter().enumerate().flat_map(|(n, sample)| [n as u8 + 1, *sample, 0]);
        segment(frame, &[&[8][..], &sizes, &[samples.len() as u8], &components.collect::<Vec<_>>()].concat());
        // One code of one bit, for no difference and for the end of a block.
        for class in [0x00, 0x10] {
            segment(0xC4, &[&[class, 1][..], &[0; 15], &[0]].concat());
        }
        let scanned = (0..in_first_scan).flat_map(|n| [n as u8 + 1, 0]).collect::<Vec<_>>();
        let end = if frame == 0xC2 { [0, 0, 0] } else { [0, 63, 0] };
        segment(0xDA, &[&[in_first_scan as u8][..], &scanned, &end].concat());
        file.extend([0; 2000]);
        file.extend([0xFF, 0xD9]);
        file
    }

    #[test]
    fn coefficients_are_counted_where_they_are_kept() {
        let pixels = 1600 * 1200;
        for (frame, samples, in_first_scan, expected) in [
            (0xC0, &[0x11, 0x11, 0x11][..], 3, 0),
            (0xC0, &[0x22, 0x11, 0x11], 3, 0),
            (0xC0, &[0x11], 1, 0),
            (0xC2, &[0x11, 0x11, 0x11], 3, pixels * 6),
            (0xC2, &[0x22, 0x11, 0x11], 3, pixels * 3),
            (0xC2, &[0x11], 1, pixels * 2),
            (0xCA, &[0x11], 1, pixels * 2),
            (0xC0, &[0x11, 0x11, 0x11], 1, pixels * 6),
            (0xC1, &[0x22, 0x11, 0x11], 1, pixels * 3),
        ] {
            let file = jpeg(frame, 1600, 1200, samples, in_first_scan);
            assert_eq!(coefficients(&file), expected, "{frame:x} {samples:x?} {in_first_scan}");
            // Fill octets and words between, as some cameras write them.
            let mut filled = file[..2].to_vec();
            filled.extend([0xFF, 0xFF, 0xE1, 0, 4, 0xFF, 0xC0, 7, 7, 0xFF, 0x00]);
            filled.extend(&file[2..]);
            assert_eq!(coefficients(&filled), expected);
            for end in 0..file.len().min(300) {
                assert!(coefficients(&file[..end]) <= expected.max(pixels * 6));
            }
        }
    }
}
