//! Whether a file is a picture that we serve, how large it is, and its small forms for phones.
//!
//! A small form is made for a screen's width, in the first format that the phone reads, within octets of its own. Not
//! here: what a phone reads and how wide it is (`web::phone`), and what is kept (`web::file`).

#[cfg(test)]
mod measured;
mod memory;

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GenericImageView, GrayImage, ImageFormat, ImageReader, Limits, RgbImage};
use sha2::{Digest, Sha256};

/// A picture of a site's page; a camera's own file must be made smaller first.
pub const FILE_BYTES_MAX: usize = 4 << 20;
/// Sides, and memory that a decoder may take: 40 megapixels would be 160 MB on a box of 256.
const SIDE_MAX: u32 = 6000;
const DECODED_BYTES_MAX: u64 = 64 << 20;
/// A small form's octets for each pixel of its width: 4.8 kB for a screen of 120 pixels, 9.6 kB for one of 240.
const BYTES_PER_PIXEL: usize = 40;
/// JPEG qualities that are tried in turn; below the last it is made smaller instead.
const QUALITIES: [u8; 4] = [75, 60, 45, 30];

#[derive(Debug, PartialEq, Eq)]
pub struct Good {
    /// The first 32 hex digits of the SHA-256, a dot, the extension.
    pub file: String,
    pub extension: &'static str,
    pub width: u32,
    pub height: u32,
}

/// A format of a small form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Jpeg,
    Png,
    Gif,
    /// Black and white (WAP-237, WBMP type 0).
    Wbmp,
}

impl Format {
    /// In the order in which they are liked: photographs stay small in JPEG, and colours are better than none.
    pub const ALL: [Format; 4] = [Format::Jpeg, Format::Png, Format::Gif, Format::Wbmp];

    pub fn media_type(self) -> &'static str {
        match self {
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Gif => "image/gif",
            Format::Wbmp => "image/vnd.wap.wbmp",
        }
    }
}

/// Decodes the whole file once: what is broken is refused now, not when a visitor looks.
pub fn check(bytes: &[u8]) -> Result<Good, String> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(format!("{} KiB, at most {} KiB", bytes.len() / 1024, FILE_BYTES_MAX / 1024));
    }
    let (format, picture) = decode(bytes)?;
    let extension = match format {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpg",
        ImageFormat::Gif => "gif",
        ImageFormat::WebP => "webp",
        _ => return Err("not a PNG, JPEG, GIF or WebP picture".to_owned()),
    };
    let (width, height) = picture.dimensions();
    let hash = Sha256::digest(bytes);
    let hex: String = hash[..16].iter().map(|b| format!("{b:02x}")).collect();
    Ok(Good { file: format!("{hex}.{extension}"), extension, width, height })
}

/// The octets that a small form for this width has for itself.
pub fn octets_for(width: u32) -> usize {
    width as usize * BYTES_PER_PIXEL
}

/// The picture at most `width` pixels wide and twice as high, never larger than it is, and smaller still until it keeps
/// within its octets; one that never does is as small as one can be made.
pub fn small(bytes: &[u8], width: u32, format: Format, bytes_max: usize) -> Result<Vec<u8>, String> {
    let (_, picture) = decode(bytes)?;
    let mut width = width.min(picture.width());
    loop {
        let shown = on_white(&picture.thumbnail(width, width.saturating_mul(2).min(picture.height())));
        let octets = encoded(&shown, format, bytes_max)?;
        if octets.len() <= bytes_max || width <= 16 {
            return Ok(octets);
        }
        width = width * 3 / 4;
    }
}

fn encoded(picture: &RgbImage, format: Format, bytes_max: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    match format {
        Format::Jpeg => {
            for quality in QUALITIES {
                out.clear();
                JpegEncoder::new_with_quality(&mut out, quality).encode_image(picture).map_err(|e| e.to_string())?;
                if out.len() <= bytes_max {
                    break;
                }
            }
        }
        Format::Png => {
            picture.write_to(&mut Cursor::new(&mut out), ImageFormat::Png).map_err(|e| e.to_string())?;
        }
        Format::Gif => {
            let (width, height) = picture.dimensions();
            let mut encoder = GifEncoder::new(&mut out);
            let colours = image::ExtendedColorType::Rgb8;
            encoder.encode(picture.as_raw(), width, height, colours).map_err(|e| e.to_string())?;
        }
        Format::Wbmp => out = wbmp(&DynamicImage::ImageRgb8(picture.clone()).to_luma8()),
    }
    Ok(out)
}

/// What shows through is white, as the pages of old phones are.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    let over = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, a] = picture.get_pixel(x, y).0;
        image::Rgb([over(r, a), over(g, a), over(b, a)])
    })
}

/// Type 0: two zero octets, width and height as multi-byte integers, then rows of bits, filled up to the octet, 1 for
/// white. Greys become dots by Floyd's and Steinberg's error diffusion.
fn wbmp(picture: &GrayImage) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let mut out = vec![0, 0];
    integer(&mut out, width);
    integer(&mut out, height);
    let width = width as usize;
    // What each pixel of this row and the next has been given by those before it, with a pixel of room on both sides.
    let (mut error, mut below) = (vec![0_i32; width + 2], vec![0_i32; width + 2]);
    for row in picture.rows() {
        let mut octet = 0;
        for (x, pixel) in row.enumerate() {
            let grey = i32::from(pixel.0[0]) + error[x + 1] / 16;
            let is_white = grey >= 128;
            let left = grey - if is_white { 255 } else { 0 };
            error[x + 2] += left * 7;
            below[x] += left * 3;
            below[x + 1] += left * 5;
            below[x + 2] += left;
            octet |= u8::from(is_white) << (7 - x % 8);
            if x % 8 == 7 || x + 1 == width {
                out.push(std::mem::take(&mut octet));
            }
        }
        std::mem::swap(&mut error, &mut below);
        below.fill(0);
    }
    out
}

/// Seven bits an octet, the highest first, its own highest bit set in all but the last.
fn integer(out: &mut Vec<u8>, value: u32) {
    for shift in [28, 21, 14, 7] {
        if value >> shift != 0 {
            out.push((value >> shift) as u8 & 0x7f | 0x80);
        }
    }
    out.push(value as u8 & 0x7f);
}

fn decode(bytes: &[u8]) -> Result<(ImageFormat, DynamicImage), String> {
    let reader = || ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string());
    let format = reader()?.format().ok_or("not a PNG, JPEG, GIF or WebP picture")?;
    // Its head alone: no pixel of what is too large is ever read.
    let (width, height) = reader()?.into_dimensions().map_err(|e| broken(&e))?;
    let (pixels, octets) = (u64::from(width) * u64::from(height), memory::octets(format, bytes, width, height));
    if width.max(height) > SIDE_MAX || octets > DECODED_BYTES_MAX {
        let most = DECODED_BYTES_MAX * pixels / octets.max(1) / 1_000_000;
        let (kind, or) = match format {
            ImageFormat::Jpeg if octets > pixels * 3 => (" in several scans (progressive)", " or not progressive"),
            _ => ("", ""),
        };
        return Err(format!(
            "{width} × {height} pixels{kind}, at most {SIDE_MAX} on a side and {most} megapixels: save it smaller{or}"
        ));
    }
    if memory::codes(format, bytes) > DECODED_BYTES_MAX {
        let (kib, most) = (bytes.len() >> 10, (DECODED_BYTES_MAX / memory::CODES_OF_OCTET) >> 10);
        return Err(format!("a WebP without loss of {kib} KiB, at most {most}: save it as JPEG or PNG"));
    }
    let mut reader = reader()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    reader.limits(limits);
    Ok((format, reader.decode().map_err(|e| broken(&e))?))
}

fn broken(error: &image::ImageError) -> String {
    if let image::ImageError::Limits(_) = error {
        let most = DECODED_BYTES_MAX >> 20;
        return format!("decoded it would take more than {most} MiB: save it smaller, or in fewer colours");
    }
    format!("the picture is broken or of a kind that is not served: {error}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    /// Noise compresses worst.
    pub fn noise(width: u32, height: u32) -> Vec<u8> {
        let mut state = 7_u32;
        let picture = RgbImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
        });
        png(&DynamicImage::ImageRgb8(picture))
    }

    #[test]
    fn every_form_is_within_its_width_and_octets() {
        let picture = noise(400, 300);
        for width in [64, 96, 120, 240] {
            for format in Format::ALL {
                let made = small(&picture, width, format, octets_for(width)).unwrap();
                assert!(made.len() <= octets_for(width), "{format:?} {width}: {}", made.len());
                if format != Format::Wbmp {
                    let read = image::load_from_memory(&made).unwrap();
                    assert!(read.width() <= width && read.width() >= 16, "{format:?}: {}", read.width());
                }
            }
        }
    }

    #[test]
    fn with_little_room_they_are_smaller_and_with_none_as_small_as_can_be() {
        let picture = noise(400, 300);
        for format in Format::ALL {
            let made = small(&picture, 120, format, 1300).unwrap();
            assert!(made.len() <= 1300, "{format:?}: {}", made.len());
            let least = small(&picture, 120, format, 10).unwrap();
            assert!(least.len() <= made.len() && least.len() > 10, "{format:?}: {}", least.len());
        }
    }

    #[test]
    fn nothing_is_made_larger() {
        let made = small(&noise(20, 10), 120, Format::Png, 4800).unwrap();
        assert_eq!(image::load_from_memory(&made).unwrap().dimensions(), (20, 10));
    }

    #[test]
    fn a_wbmp_octet_by_octet() {
        // Nine pixels wide: black, but for the last of each row; then white.
        let picture = GrayImage::from_fn(9, 2, |x, y| image::Luma([if x == 8 || y == 1 { 255 } else { 0 }]));
        assert_eq!(wbmp(&picture), [0, 0, 9, 2, 0x00, 0x80, 0xff, 0x80]);
        let wide = wbmp(&GrayImage::new(200, 1));
        assert_eq!((&wide[..5], wide.len()), (&[0, 0, 0x81, 0x48, 1][..], 5 + 25));
    }

    #[test]
    fn greys_become_as_many_dots_as_they_are_light() {
        for grey in [0_u8, 32, 64, 128, 192, 255] {
            let made = wbmp(&GrayImage::from_pixel(64, 64, image::Luma([grey])));
            let white: u32 = made[4..].iter().map(|octet| octet.count_ones()).sum();
            let expected = f64::from(grey) / 255.0 * 4096.0;
            assert!((f64::from(white) - expected).abs() < 80.0, "{grey}: {white} of {expected}");
        }
    }

    #[test]
    fn what_shows_through_is_white() {
        let clear = DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(8, 8, image::Rgba([200, 0, 0, 0])));
        let made = small(&png(&clear), 8, Format::Wbmp, 320).unwrap();
        assert!(made[4..].iter().all(|octet| *octet == 0xff));
    }

    #[test]
    fn too_large_and_broken_ones_are_refused_in_words() {
        // A head that names 40 megapixels, and nothing behind it.
        let mut head = noise(8, 8);
        head[16..24].copy_from_slice(&[0, 0, 0x1c, 0x84, 0, 0, 0x15, 0x7c]);
        let crc = crc32fast::hash(&head[12..29]).to_be_bytes();
        head[29..33].copy_from_slice(&crc);
        let said = check(&head).unwrap_err();
        assert!(said.starts_with("7300 × 5500 pixels, at most 6000 on a side and 22 megapixels"), "{said}");
        let whole = noise(40, 40);
        assert!(check(&whole[..whole.len() / 2]).unwrap_err().starts_with("the picture is broken"));
        assert_eq!(check(b"GIF").unwrap_err(), "not a PNG, JPEG, GIF or WebP picture");
    }
}
